"""Where objects are kept: the `Store` protocol and its back ends."""
