"""Custom objects in the bodies of requests: what they must say, and what a strict reader objects to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from apiserver import yaml_documents
from apiserver.auth.errors import StatusError, bad_request
from apiserver.call import Call
from apiserver.coding import shown, unreadable
from apiserver.crd.kind import CustomKind
from apiserver.field_checks import duplicate_fields
from apiserver.negotiation import JSON, PROTOBUF, WHOLE, YAML, unsupported
from apiserver.registry.go_json_errors import TOO_DEEP, json_object_problem
from apiserver.rest.options import IGNORE, STRICT
from apiserver.yaml_values import YAMLProblem
from minik8s.machinery import field_errors

_HEAD = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
_JSON_TYPES = {int: "number", float: "number", bool: "bool", dict: "object", list: "array"}
_SPACED = re.compile(rb'"[ \t\r\n]+:')


def read_custom(call: Call, body: bytes, media: str, kind: CustomKind, validation: str) -> Any:
    """The object a client sent. Raises StatusError (400, 415, 422)."""
    twice: Sequence[str] = ()
    if media == YAML:
        try:
            document = yaml_documents.load(body)
        except YAMLProblem as error:
            raise bad_request(
                f"the object provided is unrecognized (must be of type {kind.kind}): {error} ({shown(body)})"
            ) from None
        said = body
        body = msgspec.json.encode(document)
        if validation != IGNORE:
            twice = yaml_documents.duplicate_keys(said)
            if twice and validation == STRICT:
                twice = ["yaml: unmarshal errors:\n" + "\n".join(f"  {each}" for each in twice)]
    elif media == JSON or not call.header(b"content-type"):
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise unreadable(body, kind.kind, head_problem(body) or str(error)) from None
        if validation != IGNORE:
            twice = duplicates(body, document)
    else:
        raise unsupported((JSON, YAML) if media == PROTOBUF else WHOLE)
    if document is not None and not isinstance(document, dict):
        raise unreadable(body, kind.kind, head_problem(body))
    for name in ("apiVersion", "kind"):
        said = (document or {}).get(name, "")
        if said is not None and not isinstance(said, str):
            why = f"json: cannot unmarshal {_JSON_TYPES[type(said)]} into Go struct field .{name} of type string"
            raise unreadable(body, kind.kind, why)
    if document is None or not document.get("kind"):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind.kind}): Object 'Kind' is missing in "
            f"'{body.decode('utf-8', 'replace')}' ({shown(body)})"
        )
    _check_version(call, document, body, kind, validation)
    if call.info.verb == "update" and document["kind"] != kind.kind:
        # Kubernetes looks at the kind of what replaces an object only when it is sure which object that is.
        _check_named(document, call.info.name)
    check_said(document, kind, "kind")
    try:
        obj, unknown = kind.read(document, body)
    except (ValueError, RecursionError) as error:
        why = TOO_DEEP if isinstance(error, RecursionError) else str(error)
        raise bad_request(f"{_who(kind)}: {why}") from None
    obj.kind, obj.api_version = kind.kind, kind.group_version
    unknown.sort()
    if validation != IGNORE:
        _object_to(call, [*twice, *(f'unknown field "{path}"' for path in unknown)], validation, kind)
    if call.record is not None and call.record.wants_request:
        call.record.request_object(msgspec.json.encode(obj))
    return obj


def head_problem(body: bytes) -> str:
    """What is wrong with a text that should say its version and kind, "" for an object."""
    return json_object_problem(body).replace("map[string]interface {}", _HEAD)


def _who(kind: CustomKind) -> str:
    return f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'


def _object_to(call: Call, found: list[str], validation: str, kind: CustomKind) -> None:
    if found and validation == STRICT:
        raise bad_request(f"{_who(kind)}: strict decoding error: {', '.join(found)}")
    call.warnings += found


def _check_version(call: Call, document: dict[str, Any], body: bytes, kind: CustomKind, validation: str) -> None:
    said = document.get("apiVersion") or ""
    if said == kind.group_version:
        return
    if said.count("/") > 1:
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind.kind}): "
            f"unexpected GroupVersion string: {said} ({shown(body)})"
        )
    group, _, version = said.rpartition("/")
    if validation != IGNORE and group == kind.names.group and document["kind"] == kind.kind:
        # Of a version that does not exist nothing is known.
        unknown = nothing_known(document)
        if unknown and validation == STRICT:
            why = f'{kind.kind} in version "{version}" cannot be handled as a {kind.kind}'
            raise bad_request(f"{why}: strict decoding error: {', '.join(unknown)}")
        call.warnings += unknown
    raise bad_request(
        f"the API version in the data ({said}) does not match the expected API version ({kind.group_version})"
    )


def _check_named(document: dict[str, Any], name: str) -> None:
    metadata = document.get("metadata")
    said = metadata.get("name") if isinstance(metadata, dict) else ""
    if not said:
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if said != name:
        raise bad_request(f"the name of the object ({said}) does not match the name on the URL ({name})")


def nothing_known(document: dict[str, Any]) -> list[str]:
    """What a reader who does not know a version says of its fields."""
    return [f'unknown field "{name}"' for name in document if name not in ("apiVersion", "kind", "metadata")]


def check_said(document: dict[str, Any], kind: CustomKind, field: str) -> None:
    """Raises StatusError (422) unless a document is of the kind (and, for "apiVersion", of the version too)."""
    wanted = {"apiVersion": kind.group_version, "kind": kind.kind}
    errors = [
        field_errors.invalid(each, document.get(each) or "", f"must be {wanted[each]}")
        for each in ("kind", "apiVersion")
        if (each == field or field == "apiVersion") and document.get(each) != wanted[each]
    ]
    if errors:
        metadata = document.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else ""
        said = document.get("kind")
        version = document.get("apiVersion")
        group = version.rpartition("/")[0] if isinstance(version, str) and version else kind.names.group
        raise StatusError(
            field_errors.to_status(said if isinstance(said, str) else kind.kind, name or "", errors, group)
        )


def duplicates(body: bytes, document: Any) -> list[str]:
    """What a strict reader says of keys that stand twice in a JSON text, read as `document`.

    Written anew the document has as many keys as the text unless some stood twice.
    """
    if body.count(b'":') == msgspec.json.encode(document).count(b'":') and _SPACED.search(body) is None:
        return []
    return [f'duplicate field "{path}"' for path in duplicate_fields(body)]
