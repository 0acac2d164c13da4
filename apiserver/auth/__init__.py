"""Who is asking, and may they: authenticators, authorizers, RBAC's first roles, tokens and the review resources."""
