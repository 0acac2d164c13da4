"""Who sent a request, told to the server it is passed on to: the headers of a front proxy."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from apiserver.auth.protocols import User

_TOKEN = "!#$&'*+-.^_`|~"
_PREFIX = b"x-remote-"
CHECKER = User("system:kube-aggregator", ("system:masters",))
"""Who asks when this server itself wants to know."""


def identity_headers(user: User) -> list[tuple[str, str]]:
    """The headers that name a user."""
    found = [("X-Remote-User", user.name)]
    if user.uid:
        found.append(("X-Remote-Uid", user.uid))
    found += [("X-Remote-Group", group) for group in user.groups]
    for key, values in user.extra.items():
        found += [(f"X-Remote-Extra-{quote(key, safe=_TOKEN)}", value) for value in values]
    return found


def without_identity(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers without what clients say of themselves."""
    return [(name, value) for name, value in headers if not name.startswith(_PREFIX)]
