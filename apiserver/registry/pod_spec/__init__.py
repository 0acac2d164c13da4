"""What a pod spec is filled with and held to, shared by Pod and every kind that carries a pod template."""
