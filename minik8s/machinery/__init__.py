"""Operations on API objects that need no I/O: quantities, selectors, names, field errors, patches, apply, wire codecs.

Nothing here waits, reads files or talks to anybody: every function answers from its arguments.
"""
