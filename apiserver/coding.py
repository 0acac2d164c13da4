"""Bodies to typed objects and back: what clients send, and the canonical bytes that are stored and served."""

from __future__ import annotations

import json
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from apiserver import decode_errors
from apiserver.auth.errors import StatusError, bad_request
from apiserver.empty_lists import forget_empty
from apiserver.field_checks import unknown_fields
from apiserver.registry.go_json_errors import TOO_DEEP, json_object_problem
from minik8s.api.fields import Struct, fields_of
from minik8s.api.objects import Object
from minik8s.machinery.times import TimeError, format_micro_time, format_time, parse_time

T = TypeVar("T", bound=Struct)

_MOMENTS = {"time": format_time, "micro-time": format_micro_time}
_SHOWN = 30
_LONG_NUMBER = 400  # digits: beyond what a float holds
_HEAD_TYPE = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
_BLANK = b'{"apiVersion":"","kind":"",'


def encode(obj: Object, kind: str, group_version: str) -> bytes:
    """The canonical bytes of an object, without resource version, beginning with kind and version."""
    metadata = msgspec.structs.replace(obj.metadata, resource_version="")
    blank = msgspec.structs.replace(obj, api_version="", kind="", metadata=metadata)
    rest = msgspec.json.encode(blank)[len(_BLANK) :]
    if b":[]" in rest and forget_empty(blank):
        rest = msgspec.json.encode(blank)[len(_BLANK) :]
    return f'{{"kind":"{kind}","apiVersion":"{group_version}",'.encode() + rest


class Unfit(ValueError):
    """A document does not fit its type; the text says why, as Go's decoder would."""


def decode(body: bytes, cls: type[T], kind: str) -> T:
    """The object in a JSON body. Raises StatusError (400)."""
    try:
        return msgspec.json.decode(body, type=cls)
    except msgspec.ValidationError as error:
        beyond = "out of range" in str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(body, kind, json_object_problem(body) or str(error)) from None
    try:
        document = untyped(body)
    except (ValueError, RecursionError) as error:
        # The typed reader objected to what stood before the fault.
        raise unreadable(body, kind, json_object_problem(body) or str(error)) from None
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise unreadable(body, kind, json_object_problem(body).replace("map[string]interface {}", _HEAD_TYPE))
    try:
        if beyond and (problem := decode_errors.problem(document, cls)):
            raise Unfit(problem)
        return convert(document, cls)
    except Unfit as error:
        said, version = document.get("kind") or kind, document.get("apiVersion")
        version = version.rpartition("/")[2] if isinstance(version, str) and version else "v1"
        raise bad_request(f'{said} in version "{version}" cannot be handled as a {kind}: {error}') from None


def untyped(body: bytes) -> Any:
    """The value of a JSON body that can be read, however large its numbers are."""
    try:
        return msgspec.json.decode(body)
    except msgspec.ValidationError:
        return json.loads(body, parse_int=_whole_number)


def _whole_number(text: str) -> int | float:
    return int(text) if len(text) < _LONG_NUMBER else float(text)


def unreadable(body: bytes, kind: str, why: str) -> StatusError:
    """400 of a body that is no object."""
    return bad_request(
        f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
        f"json parse error: {why} ({shown(body)})"
    )


def shown(data: bytes) -> str:
    """The beginning of a body as error messages quote it."""
    if not data:
        return "<empty>"
    more = " ..." if len(data) > _SHOWN else ""
    if data[:1] == b"{":
        return data[:_SHOWN].decode("utf-8", "replace") + more
    return data[:_SHOWN].hex() + more


def convert(document: dict[str, Any], cls: type[T]) -> T:
    """The object that plain data stands for: nulls are empty values, quantities may be numbers, times have any zone.

    Raises Unfit.
    """
    return convert_noting(document, cls)[0]


def convert_noting(document: dict[str, Any], cls: type[T]) -> tuple[T, list[str]]:
    """See `convert`; also the paths of fields that the type does not have."""
    custom = getattr(cls, "CUSTOM", None)
    if custom is not None:
        return _custom(document, custom)
    unknown, odd = unknown_fields(document, cls)
    if odd:
        if problem := decode_errors.problem(document, cls):
            raise Unfit(problem)
        document = _loosened(document, cls, "")
    try:
        # By way of text: Raw fields can be read from nothing else.
        return msgspec.json.decode(msgspec.json.encode(document), type=cls), unknown
    except (msgspec.ValidationError, msgspec.DecodeError):
        pass
    except RecursionError:
        raise Unfit(TOO_DEEP) from None
    if problem := decode_errors.problem(document, cls):
        raise Unfit(problem)
    try:
        return msgspec.json.decode(msgspec.json.encode(_loosened(document, cls, "")), type=cls), unknown
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Unfit(str(error)) from None


def convert_applied(document: dict[str, Any], cls: type[T]) -> T:
    """See `convert`; of custom objects the nulls that an applied configuration has are values. Raises Unfit."""
    custom = getattr(cls, "CUSTOM", None)
    found: T = convert(document, cls) if custom is None else _custom(document, custom, applied=True)[0]
    return found


def _custom(document: dict[str, Any], custom: Any, *, applied: bool = False) -> tuple[Any, list[str]]:
    try:
        text = msgspec.json.encode(document)
        obj, unknown = custom.read(msgspec.json.decode(text), text, applied=applied)
    except ValueError as error:
        raise Unfit(str(error)) from None
    except RecursionError:
        raise Unfit(TOO_DEEP) from None
    return obj, unknown


def _loosened(value: Any, tp: Any, scalar: str) -> Any:
    if scalar == "quantity" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if scalar in _MOMENTS and isinstance(value, str):
        return _moment(value, scalar)
    origin = get_origin(tp)
    if origin is Annotated:
        return _loosened(value, get_args(tp)[0], scalar)
    if origin in (Union, UnionType):
        inner = [arg for arg in get_args(tp) if arg is not type(None)]
        if len(inner) == 1:
            return _loosened(value, inner[0], scalar)
        if inner == [int, str]:
            return value
        member = decode_errors.member_for(value, inner)
        # What may be a schema or a list of them, and is neither, says nothing.
        return _loosened(value, member, scalar) if member is not None else []
    if isinstance(value, list) and origin is list:
        item = get_args(tp)[0]
        return [_empty(item, scalar) if each is None else _loosened(each, item, scalar) for each in value]
    if isinstance(value, dict) and origin is dict:
        item = get_args(tp)[1]
        return {
            key: _empty(item, scalar) if each is None else _loosened(each, item, scalar) for key, each in value.items()
        }
    if isinstance(value, dict) and isinstance(tp, type) and issubclass(tp, Struct):
        known = {field.json: field for field in fields_of(tp)}
        found = {}
        for key, each in value.items():
            field = known.get(key)
            if each is not None and field is not None:
                found[key] = _loosened(each, field.type, field.scalar_format)
        return found
    return value


def _moment(text: str, scalar: str) -> str:
    try:
        return _MOMENTS[scalar](parse_time(text))
    except TimeError:
        return text  # beyond the years that can be counted here


def _empty(tp: Any, scalar: str) -> Any:
    """What a null stands for where something has to stand: the empty value of its type, as in Go."""
    if scalar == "quantity":
        return "0"
    origin = get_origin(tp)
    if origin is Annotated:
        return _empty(get_args(tp)[0], scalar)
    if origin in (Union, UnionType):
        # An IntOrString is a number until told otherwise.
        return 0
    if origin is list:
        return []
    if origin is dict or (isinstance(tp, type) and issubclass(tp, Struct)):
        return {}
    return {int: 0, float: 0.0, bool: False, str: "", bytes: ""}.get(tp)
