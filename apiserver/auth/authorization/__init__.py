"""One authorizer per file; `union` asks them in order."""
