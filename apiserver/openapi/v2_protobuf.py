"""OpenAPI v2 as protobuf: the messages of gnostic's `openapi.v2` package, which older kubectl asks for."""

from __future__ import annotations

import json
from typing import Any

from apiserver.openapi.v2 import unpacked

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
# Clients ask for it with an "@" that is not allowed in a media type, too.
ASKED_AS = (MEDIA_TYPE, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
_METHODS = {"get": 2, "put": 3, "post": 4, "delete": 5, "options": 6, "head": 7, "patch": 8}
_SCHEMA_TEXTS = {"$ref": 1, "format": 2, "title": 3, "description": 4, "pattern": 13}


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode()) if value else b""


def _bool(number: int, value: bool) -> bytes:
    return _varint(number << 3) + b"\1" if value else b""


def _texts(number: int, values: list[str]) -> bytes:
    return b"".join(_bytes(number, value.encode()) for value in values)


def _any(value: Any) -> bytes:
    """An `Any`: its value as YAML, of which JSON is a part."""
    return _text(2, json.dumps(value, separators=(",", ":")) + "\n")


def _extensions(number: int, found: dict[str, Any]) -> bytes:
    return b"".join(
        _bytes(number, _text(1, key) + _bytes(2, _any(value))) for key, value in found.items() if key[:2] == "x-"
    )


def _schema(schema: dict[str, Any]) -> bytes:
    parts = [_text(number, schema[key]) for key, number in _SCHEMA_TEXTS.items() if key in schema]
    if "default" in schema:
        parts.append(_bytes(5, _any(schema["default"])))
    parts.append(_texts(19, schema.get("required", [])))
    parts += [_bytes(20, _any(value)) for value in schema.get("enum", ())]
    if "additionalProperties" in schema:
        parts.append(_bytes(21, _bytes(1, _schema(schema["additionalProperties"]))))
    if "type" in schema:
        parts.append(_bytes(22, _text(1, schema["type"])))
    if "items" in schema:
        parts.append(_bytes(23, _bytes(1, _schema(schema["items"]))))
    if "properties" in schema:
        named = b"".join(_named(1, name, _schema(each)) for name, each in schema["properties"].items())
        parts.append(_bytes(25, named))
    parts.append(_extensions(31, schema))
    return b"".join(parts)


def _named(number: int, name: str, value: bytes) -> bytes:
    return _bytes(number, _text(1, name) + _bytes(2, value))


def _parameter(parameter: dict[str, Any]) -> bytes:
    if parameter["in"] == "body":
        body = _text(1, parameter.get("description", "")) + _text(2, "body") + _text(3, "body")
        body += _bool(4, parameter.get("required", False)) + _bytes(5, _schema(parameter["schema"]))
        return _bytes(1, _bytes(1, body))
    query = parameter["in"] == "query"
    kind, unique = (6, 20) if query else (5, 19)
    found = _bool(1, parameter.get("required", False)) + _text(2, parameter["in"])
    found += _text(3, parameter["description"]) + _text(4, parameter["name"]) + _text(kind, parameter["type"])
    found += _bool(unique, parameter.get("uniqueItems", False))
    return _bytes(1, _bytes(2, _bytes(3 if query else 4, found)))


def _response(response: dict[str, Any]) -> bytes:
    found = _text(1, response["description"])
    if "schema" in response:
        found += _bytes(2, _bytes(1, _schema(response["schema"])))
    return _bytes(1, found)


def _operation(operation: dict[str, Any]) -> bytes:
    found = _text(5, operation.get("operationId", ""))
    found += _texts(6, operation["produces"]) + _texts(7, operation["consumes"])
    found += b"".join(_bytes(8, _parameter(each)) for each in operation.get("parameters", ()))
    responses = b"".join(_named(1, code, _response(each)) for code, each in operation["responses"].items())
    return found + _bytes(9, responses) + _texts(10, operation["schemes"]) + _extensions(13, operation)


def _path(item: dict[str, Any]) -> bytes:
    found = b"".join(_bytes(number, _operation(item[name])) for name, number in _METHODS.items() if name in item)
    return found + b"".join(_bytes(9, _parameter(each)) for each in item.get("parameters", ()))


def encode(document: dict[str, Any]) -> bytes:
    """The bytes of a document made by `v2.document`."""
    info = document["info"]
    bearer = document["securityDefinitions"]["BearerToken"]
    key = _text(1, bearer["type"]) + _text(2, bearer["name"]) + _text(3, bearer["in"]) + _text(4, bearer["description"])
    paths = b"".join(_named(2, path, _path(unpacked(item))) for path, item in document["paths"].items())
    definitions = b"".join(
        _named(1, name, _schema(unpacked(schema))) for name, schema in document["definitions"].items()
    )
    return b"".join(
        (
            _text(1, document["swagger"]),
            _bytes(2, _text(1, info["title"]) + _text(2, info["version"])),
            _bytes(8, paths),
            _bytes(9, definitions),
            _bytes(12, _named(1, "BearerToken", b"")),
            _bytes(13, _named(1, "BearerToken", _bytes(2, key))),
        )
    )
