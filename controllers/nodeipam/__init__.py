"""A part of the cluster's pod network for each node."""
