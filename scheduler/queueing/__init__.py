"""Pods that wait for a node, and what wakes them."""
