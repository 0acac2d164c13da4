"""One admission plugin per file, named as Kubernetes names it."""
