"""The Service proxy of a node: what Services and EndpointSlices ask for, turned into kernel rules."""
