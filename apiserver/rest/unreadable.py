"""Objects that are in the store and cannot be read: a request that would show one fails, as in Kubernetes."""

from __future__ import annotations

import msgspec

from apiserver.auth.errors import StatusError, failure, internal
from apiserver.registry.go_json_errors import json_object_problem
from apiserver.resources import Resource
from apiserver.rest.selection import Selection
from apiserver.storage.unreadable import Unreadable
from minik8s.api.meta_v1 import StatusCause, StatusDetails
from minik8s.machinery.quoting import quote


def check_object(resource: Resource, namespace: str, name: str) -> None:
    """Raises StatusError (500) where the object that is asked for cannot be read."""
    found = resource.cache.unreadable.get((namespace, name))
    if found is not None:
        raise _storage_error(found.why) if found.why else _undecodable(found)


def check_list(resource: Resource, namespace: str, selected: Selection) -> None:
    """Raises StatusError (500) where one of the objects that are asked for cannot be read."""
    for place, name in sorted(resource.cache.unreadable):
        if namespace not in ("", place) or selected.name not in (None, name):
            continue
        found = resource.cache.unreadable[place, name]
        if found.why:
            raise _storage_error(f"unable to transform key {quote(found.key)}: {found.why}")
        raise _undecodable(found)


def _storage_error(why: str) -> StatusError:
    error = internal(why)
    error.status.details = StatusDetails(causes=[StatusCause(message=why)])
    return error


def _undecodable(found: Unreadable) -> StatusError:
    try:
        said = msgspec.json.decode(found.value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = None
    if not isinstance(said, dict):
        why = json_object_problem(found.value) or "no object"
        return failure(f"couldn't get version/kind; json parse error: {why}")
    kind, version = said.get("kind") or "", said.get("apiVersion") or ""
    scheme = "pkg/api/legacyscheme/scheme.go:30"
    return failure(f'no kind "{kind}" is registered for version "{version}" in scheme "{scheme}"')
