"""Encryption at rest: values are written and read as Kubernetes writes and reads them."""
