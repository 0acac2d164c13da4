"""The audit log: who asked what, when, and what came of it, as far as the policy wants to know."""
