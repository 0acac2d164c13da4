"""What objects cost under resource quotas: the API server charges it, a controller counts it again."""
