"""Tables: what `kubectl get` shows of each kind, as columns and cells.

One file per group of kinds; each lists its columns and makes the cells of an object. `printers.py` finds the one for a
resource, `writing.py` puts rows on the wire.
"""
