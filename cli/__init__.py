"""The `minik8s` command: kubectl-style verbs over the API client."""
