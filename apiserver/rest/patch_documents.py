"""Patches of every type on plain documents: what they make of an object, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from apiserver import decode_errors, plain_data
from apiserver.auth.errors import StatusError, bad_request, failure, internal
from apiserver.coding import Unfit, convert_noting
from apiserver.crd.bodies import check_said, nothing_known
from apiserver.crd.kind import CustomKind
from apiserver.field_checks import duplicate_fields
from apiserver.registry.go_json_errors import json_object_problem
from apiserver.resources import Resource
from apiserver.rest.options import IGNORE, STRICT
from apiserver.rest.ownership import note_reset
from minik8s.api.meta_v1 import Status, StatusDetails
from minik8s.api.scheme import resource_for_kind, type_of
from minik8s.machinery import field_errors
from minik8s.machinery.patches import (
    PatchError,
    PatchFormatError,
    PatchRejected,
    json_patch,
    merge_patch,
    strategic_merge,
)
from minik8s.machinery.patches.json_patch import MAX_OPERATIONS
from minik8s.machinery.quoting import go_value

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


class Patched(NamedTuple):
    """The object a patch makes, and what a strict reader objects to."""

    obj: Any
    warnings: list[str]


Patch = Callable[[Any, type[Any]], Patched]
"""Patch a typed object; the type is that of the result. Raises StatusError."""


def rejected() -> StatusError:
    """422 of a patch that does not fit the object."""
    message = "the server rejected our request due to an error in our request"
    return StatusError(Status(status="Failure", message=message, reason="Invalid", details=StatusDetails(), code=422))


def _undecodable(why: str) -> StatusError:
    return bad_request(f"error decoding patch: {why}")


def _invalid_patch(value: str, why: str) -> StatusError:
    error = field_errors.invalid("patch", value, why)
    return StatusError(field_errors.to_status("", "", [error]))


def read_patch(media: str, body: bytes, resource: Resource, validation: str) -> Patch:
    """The patch in a body. Raises StatusError (400, 413)."""
    if media == JSON_PATCH:
        operations = _operations(body)
        unknown = _unknown_members(operations) if validation != IGNORE else []
        return lambda old, cls: _json(old, cls, operations, validation, unknown)
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = json_object_problem(body) or str(error)
        raise (_undecodable(why) if media == MERGE_PATCH else bad_request(why)) from None
    if document is None and media == MERGE_PATCH:
        raise bad_request("Invalid JSON Patch")
    if document is None:
        document = {}
    if not isinstance(document, dict):
        why = json_object_problem(body)
        raise _undecodable(why) if media == MERGE_PATCH else bad_request(why)
    twice = [f'duplicate field "{path}"' for path in duplicate_fields(body)] if validation != IGNORE else []
    if media == MERGE_PATCH:
        return lambda old, cls: _merged(old, cls, document, validation, twice)
    return lambda old, cls: _strategic(old, cls, document, validation, twice)


def _operations(body: bytes) -> list[Any]:
    try:
        operations = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _undecodable(json_object_problem(body) or str(error)) from None
    if not isinstance(operations, list):
        kinds = {dict: "object", str: "string", bool: "bool"}
        kind = kinds.get(type(operations), "number")
        if operations is None:
            return []
        raise _undecodable(f"json: cannot unmarshal {kind} into Go value of type []handlers.jsonPatchOp")
    if len(operations) > MAX_OPERATIONS:
        message = (
            f"Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, "
            f"got {len(operations)}"
        )
        raise StatusError(Status(status="Failure", message=message, reason="RequestEntityTooLarge", code=413))
    kinds = {str: "string", bool: "bool", list: "array"}
    for each in operations:
        if each is not None and not isinstance(each, dict):
            kind = kinds.get(type(each), "number")
            raise _undecodable(f"json: cannot unmarshal {kind} into Go value of type handlers.jsonPatchOp")
    return operations


_MEMBERS = ("op", "from", "path", "value")


def _unknown_members(operations: list[Any]) -> list[str]:
    return [
        f'json patch unknown field "[{index}].{name}"'
        for index, each in enumerate(operations)
        for name in each or ()
        if name not in _MEMBERS
    ]


def _plain(obj: Any) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(obj))
    return found


def _json(old: Any, cls: type[Any], operations: list[Any], validation: str, unknown: list[str]) -> Patched:
    try:
        patched = json_patch(_plain(old), operations)
    except (PatchError, RecursionError):
        raise rejected() from None
    return _typed(patched, cls, validation, lambda: _as_json(patched), old.metadata.name, unknown)


def _merged(old: Any, cls: type[Any], document: dict[str, Any], validation: str, twice: list[str]) -> Patched:
    try:
        patched = merge_patch(_plain(old), document)
    except RecursionError:
        raise rejected() from None
    return _typed(patched, cls, validation, lambda: _as_json(patched), old.metadata.name, twice)


def _strategic(old: Any, cls: type[Any], document: dict[str, Any], validation: str, twice: list[str]) -> Patched:
    try:
        patched = strategic_merge(_plain(old), document, cls)
    except PatchFormatError as error:
        raise bad_request(str(error)) from None
    except (PatchRejected, RecursionError):
        raise rejected() from None
    except PatchError as error:
        raise failure(str(error)) from None
    shown = go_value(document)
    if problem := plain_data.problem(patched, cls):
        raise _invalid_patch(shown, problem)
    # The type is that of the request: what the patched object calls itself does not matter.
    blank = _blank(cls)
    patched["kind"], patched["apiVersion"] = blank.kind, blank.api_version
    return _typed(patched, cls, validation, lambda: shown, old.metadata.name, twice)


_blanks: dict[type[Any], Any] = {}


def _blank(cls: type[Any]) -> Any:
    found = _blanks.get(cls)
    if found is None:
        found = _blanks[cls] = cls()
    return found


def _typed(
    patched: Any,
    cls: type[Any],
    validation: str,
    shown: Callable[[], str],
    name: str,
    objections: list[str],
) -> Patched:
    """The typed object; `objections` are what a strict reader has against the patch itself."""
    if not isinstance(patched, dict):
        raise rejected()
    if getattr(cls, "CUSTOM", None) is not None:
        shown = partial(_in_order, patched)
        _check_custom(patched, cls.CUSTOM, validation)
    blank = _blank(cls)
    kind, version = patched.get("kind"), patched.get("apiVersion")
    if kind in (None, ""):
        # What does not say what it is, is what is expected.
        patched["kind"] = kind = blank.kind
    if version in (None, "") and kind == blank.kind:
        # Kubernetes reads what has no version as a type whose fields have no names.
        raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
    if kind != blank.kind or version != blank.api_version:
        raise _invalid_patch(shown(), _other_kind(patched, kind, version, blank))
    try:
        obj, paths = convert_noting(patched, cls)
    except Unfit as error:
        raise _invalid_patch(shown(), str(error)) from None
    unknown = [] if validation == IGNORE else [*objections, *(f'unknown field "{path}"' for path in paths)]
    if unknown and validation == STRICT:
        raise _invalid_patch(shown(), f"strict decoding error: {', '.join(unknown)}")
    note_reset(obj, patched)
    return Patched(obj, unknown)


def _check_custom(patched: dict[str, Any], kind: CustomKind, validation: str) -> None:
    """Raises StatusError for a custom object that is not what its path stands for any more."""
    if not patched.get("kind"):
        text = _in_order(patched)
        raise _invalid_patch(text, f"Object 'Kind' is missing in '{text}'")
    version = patched.get("apiVersion")
    if not version:
        raise internal("Object 'apiVersion' is missing in 'object has no apiVersion field'")
    of_the_group = isinstance(version, str) and version.rpartition("/")[0] == kind.names.group
    if validation == STRICT and of_the_group and version != kind.group_version and patched["kind"] == kind.kind:
        if unknown := nothing_known(patched):
            raise _invalid_patch(_in_order(patched), f"strict decoding error: {', '.join(unknown)}")
    check_said(patched, kind, "apiVersion")


def _in_order(patched: dict[str, Any]) -> str:
    """A custom object as Kubernetes shows it: a map, whose keys are in order everywhere."""
    return msgspec.json.encode(patched, order="sorted").decode()


def _other_kind(patched: dict[str, Any], kind: Any, version: Any, blank: Any) -> str:
    """Why an object of another kind is refused: first for what is wrong with it as that kind."""
    said = str(version or "")
    described = resource_for_kind(said, str(kind or ""))
    if described is None:
        return f'no kind "{kind}" is registered for version "{said}" in scheme "pkg/api/legacyscheme/scheme.go:30"'
    if problem := decode_errors.problem(patched, type_of(described)):
        return problem
    short = said.rpartition("/")[2]
    group = blank.api_version.rpartition("/")[0].partition(".")[0] or "core"
    return f"converting ({short}.{kind}) to ({group}.{blank.kind}): unknown conversion"


def _as_json(patched: dict[str, Any]) -> str:
    """The document as Go writes a map: the keys on top sorted, what is below as it came."""
    return msgspec.json.encode({key: patched[key] for key in sorted(patched)}).decode()
