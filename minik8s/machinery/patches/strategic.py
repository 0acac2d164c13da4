"""Strategic merge patches: merge patches that know by which key the items of a list belong together.

The rules of each field come from its `F` facts; the directives (`$patch`, `$retainKeys`, `$setElementOrder/…`,
`$deleteFromPrimitiveList/…`) are those of the Kubernetes API reference, "Strategic merge patch".
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from minik8s.api.fields import Struct, fields_of
from minik8s.machinery.patches.errors import PatchError
from minik8s.machinery.quoting import go_value

_PATCH, _RETAIN = "$patch", "$retainKeys"
_ORDER, _DELETE = "$setElementOrder/", "$deleteFromPrimitiveList/"


class Rule(NamedTuple):
    """How the value of one field is merged; `type` is its struct, or that of the items of a list."""

    type: type[Struct] | None
    merges: bool
    key: str
    retains: bool


_PLAIN = Rule(None, False, "", False)


@cache
def _rules(cls: type[Struct]) -> dict[str, Rule]:
    found = {}
    for field in fields_of(cls):
        strategies = field.facts.patch.split(",") if field.facts is not None else []
        key = field.facts.merge_key if field.facts is not None else ""
        found[field.json] = Rule(_struct_in(field.type), "merge" in strategies, key, "retainKeys" in strategies)
    return found


def _struct_in(hint: Any) -> type[Struct] | None:
    """The struct a field's type holds, behind optional, list or map."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return hint
    if get_origin(hint) in (Annotated, list, dict, Union, UnionType):
        return next((found for part in get_args(hint) if (found := _struct_in(part)) is not None), None)
    return None


def rule_of(cls: type[Struct] | None, name: str) -> Rule:
    """How a field of a type is merged; as plain data where the type is not known."""
    return _rules(cls).get(name, _PLAIN) if cls is not None else _PLAIN


def strategic_merge(doc: dict[str, Any], patch: dict[str, Any], cls: type[Struct]) -> dict[str, Any]:
    """The document after the patch. Raises `PatchError` for a patch that breaks the rules of its directives."""
    if not isinstance(patch, dict):
        raise PatchError("a strategic merge patch is an object")
    return _merge_map(doc, patch, cls, False)


def _merge_map(doc: dict[str, Any], patch: dict[str, Any], cls: type[Struct] | None, retains: bool) -> dict[str, Any]:
    directive = patch.get(_PATCH)
    if directive == "replace":
        return {key: _clean(value) for key, value in patch.items() if key != _PATCH and value is not None}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise PatchError(f"unknown patch type: {directive} in map: {go_value(patch)}")
    merged = dict(doc)
    if _RETAIN in patch:
        if not retains and cls is not None:
            raise PatchError("$retainKeys directive is not allowed here")
        kept = patch[_RETAIN]
        if not isinstance(kept, list) or any(
            key not in kept for key, value in patch.items() if value is not None and not key.startswith("$")
        ):
            raise PatchError("$retainKeys directive must name all fields present in the patch")
        merged = {key: value for key, value in merged.items() if key in kept}
    for name, value in patch.items():
        if name.startswith(_DELETE):
            _delete_values(merged, name.removeprefix(_DELETE), value)
    for name, value in patch.items():
        if name in (_PATCH, _RETAIN) or name.startswith((_ORDER, _DELETE)):
            continue
        if value is None:
            merged.pop(name, None)
        else:
            order = patch.get(_ORDER + name)
            merged[name] = _merge_value(name, merged.get(name), value, rule_of(cls, name), order)
    for name, order in patch.items():
        field = name.removeprefix(_ORDER)
        if name.startswith(_ORDER) and field not in patch and isinstance(merged.get(field), list):
            merged[field] = _ordered(merged[field], [], order, rule_of(cls, field).key)
    return merged


def _merge_value(name: str, old: Any, new: Any, rule: Rule, order: Any) -> Any:
    if isinstance(new, dict):
        return _merge_map(old if isinstance(old, dict) else {}, new, rule.type, rule.retains)
    if isinstance(new, list) and rule.merges:
        return _merge_list(name, old if isinstance(old, list) else [], new, rule, order)
    return _clean(new)


def _merge_list(name: str, old: list[Any], new: list[Any], rule: Rule, order: Any) -> list[Any]:
    if not rule.key:
        merged = old + [value for value in dict.fromkeys(_scalars(name, new)) if value not in old]
        return _ordered(merged, new, order, "", old)
    if any(isinstance(item, dict) and item.get(_PATCH) == "replace" for item in new):
        return [_clean(item) for item in new if item.get(_PATCH) != "replace"]
    merged = list(old)
    for item in new:
        if not isinstance(item, dict):
            raise PatchError(f"{name}: the items of this list are objects")
        if rule.key not in item:
            raise PatchError(f"map: {go_value(item)} does not contain declared merge key: {rule.key}")
        at = next((i for i, had in enumerate(merged) if had.get(rule.key) == item[rule.key]), None)
        if item.get(_PATCH) == "delete":
            merged = [had for had in merged if had.get(rule.key) != item[rule.key]]
        elif at is None:
            merged.append(_merge_map({}, item, rule.type, rule.retains))
        else:
            merged[at] = _merge_map(merged[at], item, rule.type, rule.retains)
    present = [item for item in new if item.get(_PATCH) != "delete"]
    return _ordered(merged, present, order, rule.key, old)


def _scalars(name: str, values: list[Any]) -> list[Any]:
    if any(isinstance(value, dict | list) for value in values):
        raise PatchError(f"{name}: the items of this list are plain values")
    return values


def _delete_values(merged: dict[str, Any], name: str, values: Any) -> None:
    if not isinstance(values, list):
        raise PatchError(f"{_DELETE}{name} must be a list")
    if isinstance(merged.get(name), list):
        merged[name] = [value for value in merged[name] if value not in values]


def _identity(item: Any, key: str) -> Any:
    return item.get(key) if key and isinstance(item, dict) else item


def _ordered(
    merged: list[Any], patched: Sequence[Any], order: Any, key: str, live: Sequence[Any] | None = None
) -> list[Any]:
    """Items in the asked order, or that of the patch; those it does not name stay before what they stood before.

    What is new comes before the items that only the live list has, as Kubernetes puts it.
    """
    if order is None:
        order = list(patched)
    if not isinstance(order, list):
        raise PatchError("a $setElementOrder directive must be a list")
    wanted = [_identity(item, key) for item in order]
    if any(_identity(item, key) not in wanted for item in patched):
        raise PatchError("The order in patch list doesn't match $setElementOrder list")
    named = sorted(
        (item for item in merged if _identity(item, key) in wanted), key=lambda item: wanted.index(_identity(item, key))
    )
    before = [_identity(item, key) for item in (merged if live is None else live)]
    others = [item for item in merged if _identity(item, key) not in wanted]
    result: list[Any] = []
    for item in named:
        mine = _identity(item, key)
        while others and mine in before and before.index(_identity(others[0], key)) < before.index(mine):
            result.append(others.pop(0))
        result.append(item)
    return result + others


def _clean(value: Any) -> Any:
    """A value that is new as a whole: without directives and nulls."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items() if item is not None and not key.startswith("$")}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return copy.copy(value)
