"""Service-account tokens: keys, issuing, and the documents that let others verify them."""
