"""Deployments: one ReplicaSet per template, and the way from the old one to the new one."""
