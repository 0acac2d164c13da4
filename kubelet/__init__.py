"""The kubelet: Pods of one node as containers, and the state of both reported to the API."""
