"""minik8s: Kubernetes written from scratch in Python.

This package is the common ground of all processes: the object model (`api`). It imports no other
top-level package of the project.
"""
