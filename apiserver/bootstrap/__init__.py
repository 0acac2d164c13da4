"""What a cluster has from the first moment, and what an API server keeps as it must be."""
