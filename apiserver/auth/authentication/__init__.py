"""One authenticator per file; `union` puts them in order."""
