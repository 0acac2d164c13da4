"""Cluster DNS: names of Services and Pods by the Kubernetes DNS specification, all else from upstream."""
