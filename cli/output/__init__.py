"""How objects are shown: tables, YAML, JSON, names, JSONPath, custom columns."""
