"""How long kubelets may keep secrets and config maps: the more nodes, the longer."""
