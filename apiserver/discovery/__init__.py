"""What is served, told to clients: `/api`, `/apis`, the lists of each group version, and all of it in one answer.

`facts.py` says what one resource tells of itself, `builtin.py` lists what this server brings along, `catalog.py` holds
what is served now and may be changed while the server runs, `documents.py` and `aggregated.py` write it down.
"""
