"""What a resource's name says about who defines it (API reference, "Extended resources")."""

from __future__ import annotations


def is_native(name: str) -> bool:
    """Whether Kubernetes itself defines the resource."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Whether the resource is one that nodes advertise for somebody else."""
    return not is_native(name) and not name.startswith("requests.")
