"""The Pod Security Standards: what the levels baseline and restricted forbid a pod, by version."""
