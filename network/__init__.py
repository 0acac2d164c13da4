"""The Pod network agent of a node: CNI configuration, routes to other nodes' Pods, masquerade, policy."""
