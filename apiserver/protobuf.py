"""Kubernetes protobuf bodies to typed objects, by the field numbers of the model."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from apiserver.auth.errors import bad_request
from apiserver.coding import from_document
from minik8s.api.fields import FieldInfo, Struct, fields_of
from minik8s.api.objects import Object
from minik8s.machinery.times import format_micro_time, format_time

T = TypeVar("T", bound=Object)

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decode(body: bytes, cls: type[T], kind: str) -> T:
    """The object in a protobuf body. Raises StatusError (400)."""
    if not body.startswith(_MAGIC):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): provided data does not appear to be a "
            f"protobuf message, expected prefix [107 56 115 0] ({body[:12].hex()})"
        )
    try:
        envelope = dict(_fields(body[4:]))
        said = dict(_fields(envelope.get(1, b"")))
        document = _message(envelope.get(2, b""), cls)
    except (IndexError, ValueError, struct.error, TypeError, AttributeError, OverflowError) as error:
        raise bad_request(f"the object provided is unrecognized (must be of type {kind}): {error}") from None
    for key, number in (("apiVersion", 1), ("kind", 2)):
        if said.get(number):
            document[key] = said[number].decode()
    return from_document(document, cls, kind)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        wire = tag & 7
        value: Any
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 1:
            value, at = struct.unpack_from("<d", data, at)[0], at + 8
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > end:
                raise ValueError("unexpected EOF")
            value, at = data[at : at + size], at + size
        elif wire == 5:
            value, at = struct.unpack_from("<f", data, at)[0], at + 4
        else:
            raise ValueError(f"illegal wireType {wire}")
        yield tag >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("integer overflow")


def _plain(tp: Any) -> Any:
    while True:
        origin = get_origin(tp)
        if origin is Annotated:
            tp = get_args(tp)[0]
        elif origin in (Union, UnionType):
            inner = [arg for arg in get_args(tp) if arg is not type(None)]
            if len(inner) > 1:
                return int | str
            tp = inner[0]
        else:
            return tp


def _message(data: bytes, cls: type[Struct]) -> dict[str, Any]:
    known = {field.facts.number: field for field in fields_of(cls) if field.facts is not None}
    inline = {number: name for name, number in cls.INLINE.items()}
    bases = {base.__name__: base for base in cls.__mro__}
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        if number in inline and inline[number] in bases:
            found.update(_message(value, bases[inline[number]]))
        elif (field := known.get(number)) is not None:
            _set(found, field, value)
    return found


def _set(found: dict[str, Any], field: FieldInfo, value: Any) -> None:
    tp = _plain(field.type)
    origin = get_origin(tp)
    if origin is list:
        found.setdefault(field.json, []).append(_value(value, _plain(get_args(tp)[0]), field.scalar_format))
    elif origin is dict:
        pair = dict(_fields(value))
        item = _plain(get_args(tp)[1])
        absent: Any = b"" if item is not int else 0
        key = pair.get(1, b"").decode()
        found.setdefault(field.json, {})[key] = _value(pair.get(2, absent), item, field.scalar_format)
    else:
        decoded = _value(value, tp, field.scalar_format)
        if decoded is not None:
            found[field.json] = decoded


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _value(value: Any, tp: Any, scalar: str) -> Any:
    if scalar == "quantity":
        return dict(_fields(value)).get(1, b"").decode()
    if scalar in ("time", "micro-time"):
        parts = dict(_fields(value))
        if not parts:
            return None
        moment = _EPOCH + timedelta(seconds=_signed(parts.get(1, 0)), microseconds=parts.get(2, 0) // 1000)
        return format_micro_time(moment) if scalar == "micro-time" else format_time(moment)
    if tp is str:
        return value.decode()
    if tp is bool:
        return bool(value)
    if tp is int:
        return _signed(value)
    if tp is bytes:
        return base64.b64encode(value).decode()
    if tp is msgspec.Raw:
        raw = dict(_fields(value)).get(1, b"")
        return msgspec.json.decode(raw) if raw else None
    if tp == int | str:
        parts = dict(_fields(value))
        return parts.get(3, b"").decode() if parts.get(1) else _signed(parts.get(2, 0))
    if isinstance(tp, type) and issubclass(tp, Struct):
        return _message(value, tp)
    return value
