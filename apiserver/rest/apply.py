"""Server-side apply of one configuration to one object, with its errors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from apiserver import yaml_documents
from apiserver.auth.errors import StatusError, bad_request, failure
from apiserver.rest.other_versions import difference_in
from apiserver.rest.ownership import Kind, Writer, reset_fields
from apiserver.yaml_values import YAMLProblem
from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails
from minik8s.api.object_meta import ManagedFieldsEntry
from minik8s.machinery.apply.apply import Conflicts, apply, conflict_causes
from minik8s.machinery.apply.compare import compare, fields_in
from minik8s.machinery.apply.field_set import FieldSet, difference
from minik8s.machinery.apply.managers import (
    APPLY,
    BEFORE_FIRST_APPLY,
    UPDATE,
    ManagedFieldsError,
    Manager,
    Managers,
    read,
    write,
)
from minik8s.machinery.apply.schema import Schema
from minik8s.machinery.apply.update import after_update
from minik8s.machinery.apply.validate import ShapeError, check

KUBECTL = "kubectl"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_LAST_APPLIED_MAX = 256 * 1024


def read_config(body: bytes) -> dict[str, Any]:
    """The configuration in a YAML or JSON body. Raises StatusError (400)."""
    try:
        try:
            document = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            document = yaml_documents.load(body)
    except (YAMLProblem, RecursionError) as error:
        why = f"yaml: {yaml_documents.TOO_DEEP}" if isinstance(error, RecursionError) else str(error)
        raise bad_request(f"error decoding YAML: error converting YAML to JSON: {why}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        kinds = {list: "array", str: "string", bool: "bool"}
        kind = kinds.get(type(document), "number")
        raise bad_request(
            "error decoding YAML: error unmarshaling JSON: while decoding JSON: "
            f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        )
    return document


def check_config(config: dict[str, Any], resource: Kind) -> None:
    """Raises StatusError (400, 500) for a configuration of another kind or shape."""
    said, kind = config.get("apiVersion") or "", config.get("kind") or ""
    if said != resource.group_version or kind != resource.kind:
        group_version = said if not said or "/" in str(said) else f"/{said}"
        raise bad_request(f"invalid object type: {group_version or '/'}, Kind={kind}")
    metadata = config.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    try:
        check(resource.schema, config)
    except ShapeError as error:
        named = metadata if isinstance(metadata, dict) else {}
        where = f"{named.get('namespace') or ''}/{named.get('name') or ''}"
        full = said if "/" in said else f"/{said}"
        raise failure(f"failed to create typed patch object ({where}; {full}, Kind={kind}): {error}") from None


def applied(
    resource: Kind,
    live: dict[str, Any] | None,
    entries: list[ManagedFieldsEntry],
    config: dict[str, Any],
    writer: Writer,
    *,
    force: bool,
) -> tuple[dict[str, Any], list[ManagedFieldsEntry]]:
    """The object after an apply, and its managed fields. Raises StatusError (409, 500).

    `live` is the stored object as plain data without managed fields, None when there is none yet.
    """
    schema: Schema = resource.schema
    base = live if live is not None else resource.blank
    reset = reset_fields(writer.reset)
    try:
        managers = read(entries)
    except ManagedFieldsError as error:
        raise failure(f"failed to decode managed fields: {error}") from None
    if not managers and live is not None:
        managers = _before(resource, live, writer, reset)
    applier = writer.as_manager(APPLY, resource.group_version)
    elsewhere = partial(difference_in, resource.group_version, resource.plural)
    try:
        found = apply(
            schema, base, config, managers, applier, writer.now, force=force, reset=reset, elsewhere=elsewhere
        )
    except Conflicts as conflicts:
        if writer.manager != KUBECTL or live is None or not _from_client_side(schema, live, conflicts):
            raise _conflict(conflicts) from None
        found = apply(schema, base, config, managers, applier, writer.now, force=True, reset=reset, elsewhere=elsewhere)
    document = found.document
    if writer.manager == KUBECTL and LAST_APPLIED in _annotations(document):
        document = _with_last_applied(document, config)
    if not found.changed:
        return document, entries if read(entries) else write(found.managers)
    return document, write(found.managers)


def _before(resource: Kind, live: dict[str, Any], writer: Writer, reset: FieldSet) -> Managers:
    """What was there before anybody was tracked belongs to a manager of its own."""
    manager = Manager(BEFORE_FIRST_APPLY, UPDATE, resource.group_version, writer.subresource)
    changed = compare(resource.schema, resource.blank, live)
    return after_update({}, changed, manager, writer.now, reset)


def _conflict(conflicts: Conflicts) -> StatusError:
    message, causes = conflict_causes(conflicts)
    details = StatusDetails(
        causes=[StatusCause(reason="FieldManagerConflict", message=text, field=path) for path, text in causes]
    )
    return StatusError(Status(status="Failure", message=message, reason="Conflict", details=details, code=409))


def _annotations(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata = document.get("metadata") or {}
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def _from_client_side(schema: Schema, live: dict[str, Any], conflicts: Conflicts) -> bool:
    """Whether all fields in conflict are as client-side apply once set them: kubectl may take over its own."""
    text = _annotations(live).get(LAST_APPLIED)
    if not text:
        return False
    try:
        last = msgspec.json.decode(text, type=dict[str, Any])
        check(schema, last)
    except (msgspec.MsgspecError, ShapeError):
        return False
    changed = compare(schema, last, live)
    allowed = fields_in(schema, last)
    for other in (changed.touched, changed.removed):
        allowed = difference(allowed, other)
    return not difference(conflicts.fields, allowed)


def _with_last_applied(document: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Keep the annotation of client-side apply true, for who goes back to it."""
    plain = {**config, "metadata": dict(config.get("metadata") or {})}
    if plain["metadata"].get("annotations") is not None:
        kept = {key: value for key, value in plain["metadata"]["annotations"].items() if key != LAST_APPLIED}
        plain["metadata"]["annotations"] = kept
    text = msgspec.json.encode(plain, order="deterministic").decode() + "\n"
    kept = {key: value for key, value in _annotations(document).items() if key != LAST_APPLIED}
    if len(text) < _LAST_APPLIED_MAX:
        kept[LAST_APPLIED] = text
    return {**document, "metadata": {**document["metadata"], "annotations": kept}}
