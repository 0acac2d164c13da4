"""The object model: every kind of the served API groups as a typed struct.

One module per API group version (`core_v1` is a package, one file per subject). `fields` holds what the
annotations mean, `scheme` maps kind, type and resource to each other.
"""
