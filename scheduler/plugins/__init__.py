"""The plugins of kube-scheduler, one file each, under its names."""
