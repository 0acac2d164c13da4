"""What a request's path and method say: which resource, which verb."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "GET": "get", "HEAD": "get"}
_OF_NAMESPACES = ("status", "finalize")


class RequestInfo(NamedTuple):
    """A request for a resource, or (`is_resource` False) for a path."""

    is_resource: bool
    verb: str
    path: str
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""


def parse(method: str, path: str, *, watch: bool = False) -> RequestInfo:
    """Read a request line; `path` is as sent, percent signs and all."""
    parts = [unquote(part) for part in path.split("/") if part]
    verb = _VERBS.get(method, method.lower())
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return RequestInfo(False, method.lower(), path)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in _OF_NAMESPACES:
            rest = rest[2:]
    resource = rest[0]
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if not name:
        verb = {"get": "watch" if watch else "list", "delete": "deletecollection"}.get(verb, verb)
    return RequestInfo(True, verb, path, group, version, namespace, resource, subresource, name)
