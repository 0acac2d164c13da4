"""API servers of others behind this one: an APIService that names a Service makes them answer for a group version.

`remotes.py` knows them, `forwarding.py` passes requests on, `availability.py` finds out who answers and says so in the
APIService's status, `documents.py` takes over their discovery and OpenAPI, `registration.py` keeps the APIServices of
what this server serves itself.
"""
