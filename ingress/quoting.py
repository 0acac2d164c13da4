"""Text as one word of nginx's configuration, whatever is in it."""

from __future__ import annotations


class Unquotable(ValueError):
    """The text has characters no configuration can hold."""


def quoted(text: str) -> str:
    """In double quotes. `$` stays what it is: where nginx reads variables, the caller has looked before.

    Raises Unquotable for control characters.
    """
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in text):
        raise Unquotable("control characters cannot be used")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
