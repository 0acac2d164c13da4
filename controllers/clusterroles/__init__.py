"""Cluster roles put together from others (`aggregationRule`)."""
