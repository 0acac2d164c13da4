"""Endpoints, the older form of what EndpointSlices say."""
