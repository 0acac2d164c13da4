"""`python -m bench`: measures this project's processes, and Kubernetes' own beside them when they are given."""
