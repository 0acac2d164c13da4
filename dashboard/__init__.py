"""The web console: pages for a browser on this machine, and a way from them to the API server as who started it.

The page asks for nothing from other machines and the console keeps no objects: what is shown comes from the API server
through `relay` and `streams`, live.
"""
