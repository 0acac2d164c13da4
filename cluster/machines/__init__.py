"""Clusters of several machines: init, join, reset, token, certs, as kubeadm has them and by its mechanisms."""
