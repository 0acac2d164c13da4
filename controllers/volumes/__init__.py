"""Volumes and claims: bound to each other, provisioned, protected, made for pods, reclaimed."""
