"""The Node object: registered, kept true, and its Lease."""
