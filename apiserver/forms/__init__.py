"""The forms an answer may take besides the JSON that is stored: protobuf, YAML, tables, metadata alone.

`documents.py` turns one JSON document into another encoding, `objects.py` one stored object into a form, `lists.py` a
collection, `frames.py` the events of a watch; `choice.py` says which form a request is answered in.
"""
