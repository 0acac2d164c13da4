"""Addresses for Services of type LoadBalancer where no cloud gives them: those of the nodes."""
