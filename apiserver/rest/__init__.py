"""How verbs behave for every kind: one verb per file."""
