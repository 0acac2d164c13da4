"""One JSON document in another encoding."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver import protobuf
from apiserver.forms.yaml_text import dump
from apiserver.negotiation import JSON, PROTOBUF, YAML, Output
from apiserver.openapi.types import type_of_kind


class _Said(msgspec.Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""


_said = msgspec.json.Decoder(_Said)
_CONTENT = {JSON: JSON.encode(), YAML: YAML.encode(), PROTOBUF: PROTOBUF.encode()}


def encoded(output: Output, body: bytes) -> tuple[bytes, bytes]:
    """(body, content type) of a JSON document in the encoding of `output`; its transformation is done already.

    What has no protobuf form stays JSON. JSON that is not indented ends a line, as Kubernetes writes it.
    """
    if output.media == PROTOBUF:
        found = _protobuf(body)
        if found is not None:
            return found, _CONTENT[PROTOBUF]
        return body + b"\n", _CONTENT[JSON]
    if output.media == YAML:
        return dump(msgspec.json.decode(body)), _CONTENT[YAML]
    if output.pretty:
        return msgspec.json.format(body, indent=2), _CONTENT[JSON]
    return body + b"\n", _CONTENT[JSON]


def _protobuf(body: bytes) -> bytes | None:
    said = _said.decode(body)
    # The core group's own lists of versions and resources say no version.
    cls: Any = type_of_kind(said.api_version or "v1", said.kind)
    if cls is None:
        return None
    return protobuf.encode(msgspec.json.decode(body, type=cls), said.kind, said.api_version)
