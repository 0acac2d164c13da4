"""Kinds that no Python type describes: their schema comes from a CustomResourceDefinition."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

_VERSION = (
    "APIVersion defines the version of the schema that this object follows; servers convert what they recognize to "
    "the version they use."
)
_KIND = "Kind is the kind of object this is, in CamelCase. It follows from where the object is sent and never changes."
_METADATA = "Standard object's metadata."
_LIST_METADATA = "Standard list metadata."
_EMBEDDED = "x-kubernetes-embedded-resource"
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_INT_OR_STRING = "x-kubernetes-int-or-string"
_EITHER = [{"type": "integer"}, {"type": "string"}]
_NOT_IN_V2 = ("nullable", "oneOf", "anyOf", "allOf", "not", "default")
_OPEN = ("items", "properties")
_UNTYPED = ("type", *_OPEN)


@dataclasses.dataclass(frozen=True, slots=True)
class Described:
    """A kind, or (`item` set) the list of one; `name` is its definition's name.

    `schema` gives the schema: it is asked where the definition is written, not for each place that refers to it.
    """

    name: str
    group: str
    version: str
    kind: str
    schema: Callable[[], dict[str, Any]]
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
            **_selectable(found.item or found),
        }
    whole = found.schema()
    if v2 and whole.get(_PRESERVE):
        # With a single property named, kubectl would refuse all the others.
        made: dict[str, Any] = {"type": "object"}
    else:
        schema = _v2(whole) if v2 else _unfolded(whole)
        said = {"description": _METADATA, **(metadata if v2 else {"allOf": [metadata]})}
        head = {**own, "metadata": said}
        schema = _with_heads(schema, head)
        made = {**schema, "properties": {**schema.get("properties", {}), **head}}
    made["x-kubernetes-group-version-kind"] = gvk
    return made | _selectable(found)


def _selectable(found: Described) -> dict[str, Any]:
    if not found.selectable:
        return {}
    return {"x-kubernetes-selectable-fields": [{"fieldPath": path.lstrip(".")} for path in found.selectable]}


def _unfolded(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in which each int-or-string says that it is one of both; itself where there is none."""
    changed: dict[str, Any] = {}
    for key in ("items", "additionalProperties"):
        inner = schema.get(key)
        if isinstance(inner, dict) and (made := _unfolded(inner)) is not inner:
            changed[key] = made
    properties = schema.get("properties", {})
    found = {name: made for name, child in properties.items() if (made := _unfolded(child)) is not child}
    if found:
        changed["properties"] = {**properties, **found}
    if schema.get(_INT_OR_STRING):
        every = schema.get("allOf", [])
        if schema.get("anyOf") is None and not (every and every[0].get("anyOf") == _EITHER):
            changed["anyOf"] = _EITHER
        elif "anyOf" in schema and schema["anyOf"] != _EITHER and not (every and every[0].get("anyOf") == _EITHER):
            changed["allOf"] = [{"anyOf": _EITHER}, *every]
    return {**schema, **changed} if changed else schema


def _with_heads(schema: dict[str, Any], head: dict[str, Any]) -> dict[str, Any]:
    """A schema whose embedded objects are described as whole ones; itself where it has none."""
    changed: dict[str, Any] = {}
    for key in ("items", "additionalProperties"):
        inner = schema.get(key)
        if isinstance(inner, dict) and (made := _with_heads(inner, head)) is not inner:
            changed[key] = made
    properties = schema.get("properties", {})
    found = {name: made for name, child in properties.items() if (made := _with_heads(child, head)) is not child}
    if schema.get(_EMBEDDED):
        found |= head
        required = schema.get("required", [])
        changed["required"] = [*required, *(name for name in ("kind", "apiVersion") if name not in required)]
    if found:
        changed["properties"] = {**properties, **found}
    return {**schema, **changed} if changed else schema


def _v2(schema: dict[str, Any]) -> dict[str, Any]:
    """What clients of the old form, kubectl above all, understand of a schema."""
    made = {key: value for key, value in schema.items() if key not in _NOT_IN_V2}
    for key in _UNTYPED if schema.get("nullable") else _OPEN if schema.get(_PRESERVE) else ():
        made.pop(key, None)
    if made.get("type") == "array" and "items" not in made or made.get("type") == "object" and schema.get(_PRESERVE):
        del made["type"]
    if "properties" in made:
        children = made["properties"]
        required = [name for name in made.pop("required", ()) if not children.get(name, {}).get("nullable")]
        made |= {"required": required} if required else {}
        made["properties"] = {name: _v2(child) for name, child in children.items()}
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _v2(made[key])
    return made
