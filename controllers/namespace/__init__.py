"""Namespaces that are deleted: their content first, then they themselves."""
