"""The etcd v3 back end: messages and calls spoken directly, no client library between."""
