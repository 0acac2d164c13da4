"""Requests that cost much, carried out by a second process so that nobody else waits for them.

An interpreter does one thing at a time. A body of megabytes, a schema that is hard to check or an expression that runs
for seconds would make all other requests wait. The server therefore decides before it looks inside (`weight.py`) which
writes are heavy, and has a worker carry out their verb: the same code, on caches of its own, with a store that is the
server's behind a socket. Who may do what, audit, fairness and the connection stay with the server. The worker is
started when it is first needed and ends when nothing has come for a while.
"""
