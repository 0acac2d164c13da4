"""OpenAPI documents, derived from the model's annotations and from what discovery says is served.

`definitions.py` makes a schema of each type, `operations.py` lists what may be called, `v3.py` and `v2.py` put both
into documents, `serving.py` answers requests for them.
"""
