"""Probes: what a container is asked, when, and what follows from its answers."""
