"""Custom resources: definitions become resources at run time, and go through the same verbs and cache as built-in ones.

`schema_rules.py` and `definition.py` judge what a definition says; `pruning.py`, `defaulting.py`, `validation.py`,
`list_types.py` and `rules.py` are a schema compiled to closures; `kind.py` puts them together for one version,
`resource.py` is the Resource made of it; `manager.py` keeps what is served in step with the definitions.
"""
