"""What a request's path and method say: which resource, which verb."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

_VERBS = {
    "POST": "create",
    "PUT": "update",
    "PATCH": "patch",
    "DELETE": "delete",
    "GET": "get",
    "HEAD": "get",
}
_OF_NAMESPACES = ("status", "finalize")
_NAME = "metadata.name="


class RequestInfo(NamedTuple):
    """A request for a resource, or (`is_resource` False) for a path.

    `legacy_watch` tells of a /watch/ path, `deeper` of one that goes on behind the subresource.
    """

    is_resource: bool
    verb: str
    path: str
    group: str = ""
    version: str = ""
    namespace: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    legacy_watch: bool = False
    deeper: bool = False


def is_true(text: str) -> bool:
    """Whether a boolean of a query is on: anything is but "0" and "false"."""
    return text.lower() not in ("0", "false")


def parse(method: str, path: str, *, watch: bool = False, field_selector: str = "") -> RequestInfo:
    """Read a request line; `path` is as sent, percent signs and all.

    A selector for one name makes it the name of a list or watch, as authorizers see it.
    """
    parts = [part for part in path.split("/") if part]
    if "%" in path:
        parts = [unquote(part) for part in parts]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return RequestInfo(False, method.lower(), path)
    verb = _VERBS.get(method, "")
    legacy = rest[0] == "watch" and len(rest) > 1
    if legacy:
        rest = rest[1:]
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in _OF_NAMESPACES:
            rest = rest[2:]
    resource = rest[0]
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if legacy:
        verb = "watch"
    elif not name:
        verb = {"get": "watch" if watch else "list", "delete": "deletecollection"}.get(verb, verb)
        if field_selector.startswith(_NAME) and verb in ("list", "watch"):
            selected = field_selector[len(_NAME) :].partition(",")[0].lstrip("=")
            name = selected if "/" not in selected and "%" not in selected else ""
    return RequestInfo(True, verb, path, group, version, namespace, resource, subresource, name, legacy, len(rest) > 3)
