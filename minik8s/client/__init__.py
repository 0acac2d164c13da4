"""The way to the API server: requests, watches, caches, queues, leadership, events and streams."""
