"""What travels: objects and lists behind a magic number in an envelope that names their kind, and frames of a watch."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from apiserver.auth.errors import bad_request
from apiserver.protobuf.decoder import decoder_of
from apiserver.protobuf.encoder import encoder_of
from apiserver.protobuf.scalars import LENGTHS, Prefixed, fields, tag
from minik8s.api.fields import Struct
from minik8s.api.object_meta import ListMeta
from minik8s.api.objects import TopLevel

T = TypeVar("T", bound=TopLevel)

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
STREAM_TYPE = MEDIA_TYPE + ";stream=watch"
MAGIC = b"k8s\0"
"""What every object begins with."""
_NO_ENCODING = b"\x1a\x00\x22\x00"
_RAW = Prefixed(tag(2, 2))
_ITEM = Prefixed(tag(2, 2))
_METADATA = Prefixed(tag(1, 2))
_length = struct.Struct(">I").pack


@lru_cache(maxsize=1024)
def _head(kind: str, api_version: str) -> bytes:
    version, name = api_version.encode(), kind.encode()
    said = b"\x0a" + LENGTHS[len(version)] + version + b"\x12" + LENGTHS[len(name)] + name
    return MAGIC + b"\x0a" + LENGTHS[len(said)] + said


def wrap(kind: str, api_version: str, message: bytes) -> bytes:
    """A message in its envelope."""
    return b"".join((_head(kind, api_version), _RAW[len(message)], message, _NO_ENCODING))


def encode(obj: Struct, kind: str, api_version: str) -> bytes:
    """An object in its envelope."""
    return wrap(kind, api_version, encoder_of(type(obj))(obj))


def list_parts(kind: str, api_version: str, metadata: ListMeta, items: Sequence[bytes]) -> list[bytes]:
    """A list in its envelope, in parts that follow each other; `items` are messages."""
    said = encoder_of(ListMeta)(metadata)
    parts = [b"", _METADATA[len(said)], said]
    size = len(parts[1]) + len(said)
    for item in items:
        prefix = _ITEM[len(item)]
        size += len(prefix) + len(item)
        parts.append(prefix)
        parts.append(item)
    parts[0] = _head(kind, api_version) + _RAW[size]
    parts.append(_NO_ENCODING)
    return parts


def encode_list(kind: str, api_version: str, metadata: ListMeta, items: Sequence[bytes]) -> bytes:
    """A list in its envelope; `items` are messages."""
    return b"".join(list_parts(kind, api_version, metadata, items))


def frame(event: str, enveloped: bytes) -> bytes:
    """One event of a watch, its length in front; `enveloped` is the object in its envelope."""
    kind = event.encode()
    raw = b"\x0a" + LENGTHS[len(enveloped)] + enveloped
    message = b"\x0a" + LENGTHS[len(kind)] + kind + b"\x12" + LENGTHS[len(raw)] + raw
    return _length(len(message)) + message


def decode(body: bytes, cls: type[T], kind: str) -> T:
    """The object in a body. Raises StatusError (400)."""
    if not body.startswith(MAGIC):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): provided data does not appear to be a "
            f"protobuf message, expected prefix [107 56 115 0] ({body[:12].hex()})"
        )
    if len(body) == len(MAGIC):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind}): empty body ({body.hex()})")
    try:
        said, raw = _opened(body[4:])
        obj: Any = decoder_of(cls)(raw, 0, len(raw))
    except (IndexError, ValueError, struct.error, msgspec.DecodeError) as error:
        raise bad_request(f"the object provided is unrecognized (must be of type {kind}): {error}") from None
    obj.api_version = said.get(1, obj.api_version)
    obj.kind = said.get(2, obj.kind)
    found: T = obj
    return found


def _opened(data: bytes) -> tuple[dict[int, str], bytes]:
    """(what the envelope says of the type, the message in it)."""
    parts = {number: value for number, value in fields(data) if isinstance(value, bytes)}
    said = {number: value.decode() for number, value in fields(parts.get(1, b"")) if isinstance(value, bytes)}
    return said, parts.get(2, b"")
