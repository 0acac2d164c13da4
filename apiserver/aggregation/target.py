"""What a remote is asked for: the path and query of a request, read and written anew as Go's proxy does it."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus, unquote_to_bytes

# What a path may hold as it is, and a query.
_IN_PATH = "$&+,/:;=@-_.~"
_IN_QUERY = "-_.~"
_BROKEN = re.compile(rb"%(?![0-9a-fA-F]{2})")


def target(path: str, query: bytes) -> str:
    """The target of a request line for a path and query as they were sent: the parameters stand in order.

    A slash that was escaped is one that divides, parameters that cannot be read are left out.
    """
    found = quote(unquote_to_bytes(path), safe=_IN_PATH)
    pairs: list[tuple[bytes, bytes]] = []
    for part in query.split(b"&"):
        if not part or b";" in part or _BROKEN.search(part):
            continue
        name, _, value = part.replace(b"+", b" ").partition(b"=")
        pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    pairs.sort(key=lambda pair: pair[0])
    said = "&".join(f"{quote_plus(name, safe=_IN_QUERY)}={quote_plus(value, safe=_IN_QUERY)}" for name, value in pairs)
    return f"{found}?{said}" if said else found
