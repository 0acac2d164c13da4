"""Kinds that no Python type describes: their schema comes from a CustomResourceDefinition."""

from __future__ import annotations

import dataclasses
from typing import Any

_VERSION = (
    "APIVersion defines the version of the schema that this object follows; servers convert what they recognize to "
    "the version they use."
)
_KIND = "Kind is the kind of object this is, in CamelCase. It follows from where the object is sent and never changes."
_METADATA = "Standard object's metadata."
_LIST_METADATA = "Standard list metadata."
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_NOT_IN_V2 = ("nullable", "oneOf", "anyOf", "allOf", "not", "default", "x-kubernetes-validations")


@dataclasses.dataclass(frozen=True, slots=True)
class Described:
    """A kind, or (`item` set) the list of one; `name` is its definition's name."""

    name: str
    group: str
    version: str
    kind: str
    schema: dict[str, Any]
    item: Described | None = None
    selectable: tuple[str, ...] = ()


def definition_name(group: str, version: str, kind: str) -> str:
    """`com.example.stable.v1.CronTab`."""
    return ".".join((*reversed(group.split(".")), version, kind))


def written(found: Described, metadata: dict[str, Any], item: dict[str, Any] | None, *, v2: bool) -> dict[str, Any]:
    """The definition; `metadata` and `item` are references."""
    own: dict[str, Any] = {
        "apiVersion": {"description": _VERSION, "type": "string"},
        "kind": {"description": _KIND, "type": "string"},
    }
    gvk = [{"group": found.group, "kind": found.kind, "version": found.version}]
    if item is not None:
        said = {"description": _LIST_METADATA, **(metadata if v2 else {"allOf": [metadata], "default": {}})}
        items = {"description": f"List of {found.kind.removesuffix('List')} objects.", "items": item, "type": "array"}
        return {
            "description": f"{found.kind} is a list of {found.kind.removesuffix('List')}",
            "type": "object",
            "required": ["items"],
            "properties": {**own, "items": items, "metadata": said},
            "x-kubernetes-group-version-kind": gvk,
        }
    schema = _v2(found.schema, root=True) if v2 else found.schema
    said = {"description": _METADATA, **(metadata if v2 else {"allOf": [metadata]})}
    made = {**schema, "properties": {**own, **schema.get("properties", {}), "metadata": said}}
    made["x-kubernetes-group-version-kind"] = gvk
    if found.selectable:
        made["x-kubernetes-selectable-fields"] = [{"fieldPath": path.lstrip(".")} for path in found.selectable]
    return made


def _v2(schema: dict[str, Any], *, root: bool = False) -> dict[str, Any]:
    """What clients of the old form understand of a schema."""
    made = {key: value for key, value in schema.items() if key not in _NOT_IN_V2}
    if schema.get("nullable"):
        for key in ("type", "items", "properties", "additionalProperties"):
            made.pop(key, None)
    if schema.get(_PRESERVE):
        for key in ("items", "properties", "additionalProperties") if not root else ("properties",):
            made.pop(key, None)
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    if "properties" in made:
        made["properties"] = {name: _v2(child) for name, child in made["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _v2(made[key])
    return made
