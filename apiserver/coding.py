"""Bodies to typed objects and back: what clients send, and the canonical bytes that are stored and served."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from apiserver.auth.errors import bad_request
from minik8s.api.fields import Struct, fields_of
from minik8s.api.objects import Object

T = TypeVar("T", bound=Object)

_BLANK = b'{"apiVersion":"","kind":"",'


def encode(obj: Object, kind: str, group_version: str) -> bytes:
    """The canonical bytes of an object, without resource version, beginning with kind and version."""
    metadata = msgspec.structs.replace(obj.metadata, resource_version="")
    blank = msgspec.structs.replace(obj, api_version="", kind="", metadata=metadata)
    rest = msgspec.json.encode(blank)[len(_BLANK) :]
    return f'{{"kind":"{kind}","apiVersion":"{group_version}",'.encode() + rest


def decode(body: bytes, cls: type[T], kind: str) -> T:
    """The object in a JSON body. Raises StatusError (400)."""
    try:
        return msgspec.json.decode(body, type=cls)
    except msgspec.ValidationError:
        pass
    except msgspec.DecodeError as error:
        shown = body[:24].decode("utf-8", "replace") if body else "<empty>"
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
            f"json parse error: {error} ({shown})"
        ) from None
    return from_document(msgspec.json.decode(body), cls, kind)


def from_document(document: Any, cls: type[T], kind: str) -> T:
    """The object that plain data stands for: nulls are absent, quantities may be numbers. Raises StatusError (400)."""
    try:
        # By way of text: Raw fields can be read from nothing else.
        return msgspec.json.decode(msgspec.json.encode(_loosened(document, cls, "")), type=cls)
    except msgspec.ValidationError as error:
        raise bad_request(f"{kind} cannot be handled as a {kind}: {error}") from None


def _loosened(value: Any, tp: Any, scalar: str) -> Any:
    if scalar == "quantity" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    origin = get_origin(tp)
    if origin is Annotated:
        return _loosened(value, get_args(tp)[0], scalar)
    if origin in (Union, UnionType):
        inner = [arg for arg in get_args(tp) if arg is not type(None)]
        return _loosened(value, inner[0], scalar) if len(inner) == 1 else value
    if isinstance(value, list) and origin is list:
        item = get_args(tp)[0]
        return [_loosened(each, item, scalar) for each in value if each is not None]
    if isinstance(value, dict) and origin is dict:
        item = get_args(tp)[1]
        return {key: _loosened(each, item, scalar) for key, each in value.items() if each is not None}
    if isinstance(value, dict) and isinstance(tp, type) and issubclass(tp, Struct):
        known = {field.json: field for field in fields_of(tp)}
        found = {}
        for key, each in value.items():
            field = known.get(key)
            if each is not None and field is not None:
                found[key] = _loosened(each, field.type, field.scalar_format)
        return found
    return value
