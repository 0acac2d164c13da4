"""The garbage collector: objects whose owners are gone, deletions that go down to dependents, and orphaning.

`graph` knows who owns whom and needs no server; `monitors` feeds it from every resource the server has, custom ones
too; `owners` asks the server whether an owner is there; `controller` acts.
"""
