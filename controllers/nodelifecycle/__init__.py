"""Nodes that fall silent: their conditions, their taints, and how fast their pods may be driven off."""
