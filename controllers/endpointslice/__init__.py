"""EndpointSlices of Services with a selector, and copies of Endpoints that somebody keeps by hand."""
