"""Device taints: pods leave devices that are tainted with NoExecute."""
