"""The API server: the only way to the store, and the data bus between all other processes."""
