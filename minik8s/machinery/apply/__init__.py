"""Server-side apply, without I/O: who owns which fields of an object, and what an applied configuration makes of it.

Objects are plain JSON values, read by a `Schema` that knows which maps and lists are taken apart and which are whole.
Sets of fields are the nested maps of `fieldsV1` (see `field_set`).
"""
