"""The cluster as numpy columns, one row a node, kept true by watch events."""
