"""Bytes of a server to objects: fast for what Kubernetes writes, patient with nulls that others leave in."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from minik8s.client.resources import ListOf, Resource

T = TypeVar("T")


_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(tp: Any) -> msgspec.json.Decoder[Any]:
    found = _DECODERS.get(tp)
    if found is None:
        found = _DECODERS[tp] = msgspec.json.Decoder(tp)
    return found


def decode(body: bytes | memoryview | msgspec.Raw, tp: type[T]) -> T:
    """One value of type `tp`. Raises msgspec.DecodeError for what is no such value."""
    try:
        found: T = _decoder(tp).decode(body)
    except msgspec.ValidationError:
        # Go leaves an empty slice or map without `omitempty` as null.
        found = _decoder(tp).decode(msgspec.json.encode(_without_nulls(msgspec.json.decode(body))))
    return found


def decode_object(body: bytes | memoryview | msgspec.Raw, resource: Resource[T]) -> T:
    """One object of a resource."""
    return decode(body, resource.type)


def decode_list(body: bytes, resource: Resource[T]) -> ListOf[T]:
    """A LIST answer of a resource; `dict` items get the kind and version that lists leave out."""
    found = decode(body, ListOf[resource.type])  # type: ignore[name-defined]
    if resource.type is dict:
        for item in found.items or ():
            item.setdefault("apiVersion", resource.group_version)
            item.setdefault("kind", resource.kind)
    return found


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value if v is not None]
    return value
