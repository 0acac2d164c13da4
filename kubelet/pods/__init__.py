"""The life of a Pod on this node: what it declares, what was observed, what is to be done, and who does it."""
