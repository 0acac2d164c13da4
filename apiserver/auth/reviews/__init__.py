"""The review resources: questions about identity and rights, answered and not stored."""
