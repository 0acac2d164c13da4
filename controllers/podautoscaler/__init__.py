"""Horizontal pod autoscaling: as many replicas as metrics call for."""
