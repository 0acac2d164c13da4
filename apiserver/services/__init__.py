"""What is handed out to Services: cluster addresses and node ports, each to one Service only, whoever serves.

An address is taken by making its IPAddress object, a port by making its key in the store: either can be made once, so
that any number of API servers may hand out of the same ranges.
"""
