"""What several controllers need: expectations, pods and their owners, adoption, batches, hashes."""
