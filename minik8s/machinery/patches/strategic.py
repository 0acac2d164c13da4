"""Strategic merge patches: merge patches that know how the lists of an API type are put together.

Directives: `$patch` (replace, delete) of an object or a list item, `$retainKeys`, `$setElementOrder/<field>` and
`$deleteFromPrimitiveList/<field>` (Kubernetes docs, "strategic merge patch").
"""

from __future__ import annotations

from typing import Any

from minik8s.api.fields import Struct
from minik8s.machinery.patches.element_order import (
    PATCH,
    Places,
    check_order,
    element_kind,
    format_problem,
    go_type,
    no_merge_key,
    ordered,
    partition,
    wrong_type,
)
from minik8s.machinery.patches.errors import PatchError, PatchRejected
from minik8s.machinery.patches.strategies import GoType, items, member, struct_type
from minik8s.machinery.quoting import go_string, go_value

_RETAIN, _ORDER, _DELETE = "$retainKeys", "$setElementOrder", "$deleteFromPrimitiveList"
_GONE = object()

Document = dict[str, Any]


def strategic_merge(doc: Document, patch: Document, cls: type[Struct]) -> Document:
    """The document after the patch; neither is changed.

    Raises PatchFormatError and PatchRejected for what a client got wrong in the patch's own terms, plain PatchError for
    what does not fit the type or the document.
    """
    if not isinstance(patch, dict):
        raise PatchError("a strategic merge patch is an object")
    return _merge_map(doc, patch, struct_type(cls))


def _merge_map(doc: Document, patch: Document, of: GoType) -> Document:
    if PATCH in patch:
        return _directed(patch)
    merged, patch = dict(doc), dict(patch)
    if _RETAIN in patch:
        merged = _retained(merged, patch)
    for name in [name for name in patch if name.startswith(_ORDER)]:
        _put_in_order(merged, patch, name, patch.pop(name), of)
    # What is deleted goes first: a value both deleted and added is there.
    for name in sorted(patch, key=lambda name: not name.startswith(_DELETE)):
        value, deleting = patch[name], name.startswith(_DELETE)
        if deleting:
            name = _named(name, _DELETE, "primitive list") or name
        if value is None:
            merged.pop(name, None)
        elif name not in merged or go_type(merged[name]) != go_type(value):
            if not deleting and (taken := _taken(value, nulls=False)) is not _GONE:
                merged[name] = taken
            elif not deleting:
                merged.pop(name, None)
        elif isinstance(value, dict):
            inner, _ = member(of, name)
            merged[name] = _merge_map(merged[name], value, inner)
        elif isinstance(value, list):
            inner, rule = items(of, name)
            if rule.merges or deleting:
                value, _ = _merge_list(merged[name], value, inner, rule.key, deleting)
            merged[name] = value
        else:
            merged[name] = value
    return merged


def _directed(patch: Document) -> Document:
    directive = patch[PATCH]
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != PATCH}
    if directive == "delete":
        return {}
    raise _unknown(directive, patch)


def _unknown(directive: Any, patch: Document) -> PatchError:
    return PatchError(f"unknown patch type: {go_string(directive)} in map: {go_value(patch)}")


def _retained(merged: Document, patch: Document) -> Document:
    kept = patch.pop(_RETAIN)
    if not isinstance(kept, list):
        raise format_problem("retainKeys")
    if any(isinstance(each, dict | list) for each in kept):
        raise PatchRejected("retainKeys holds the names of fields")
    for key, value in patch.items():
        if value is not None and not key.startswith((_DELETE, _ORDER)) and key not in kept:
            raise format_problem("retainKeys")
    return {key: value for key, value in merged.items() if key in kept}


def _named(directive: str, prefix: str, about: str) -> str:
    """The field a directive is about. Raises PatchFormatError."""
    before, slash, name = directive.partition("/")
    if not slash or before != prefix:
        raise format_problem(about)
    return name


def _put_in_order(merged: Document, patch: Document, directive: str, order: Any, of: GoType) -> None:
    """Carry out an order directive together with the list it is about, which is taken out of the patch."""
    if not isinstance(order, list):
        raise wrong_type("[]interface {}", order)
    name = _named(directive, _ORDER, "setElementOrder list")
    for each in (merged, patch):
        if name in each and not isinstance(each[name], list):
            raise wrong_type("[]interface {}", each[name])
    live, new = merged.get(name, []), patch.get(name, [])
    inner, rule = items(of, name)
    check_order(new, order, rule.key)
    if name not in merged and name not in patch:
        return
    kinds = live, new
    if name not in patch:
        result = live
    elif name not in merged:
        result = _taken(new, nulls=True)
    elif rule.merges:
        result, live = _merge_list(live, new, inner, rule.key, False)
    else:
        result = new
    named, others = partition(result, order, rule.key)
    merged[name] = ordered(named, others, order, live, rule.key, element_kind(*kinds))
    patch.pop(name, None)


def _merge_list(old: list[Any], new: list[Any], of: GoType, key: str, deleting: bool) -> tuple[list[Any], list[Any]]:
    """The merged list, and the old one as Kubernetes has it then: what is new stands where deleted items were."""
    if not old and not new:
        return old, old
    kind = element_kind(old, new)
    if kind != go_type({}):
        if deleting:
            gone = Places(new, "")
            return [value for value in old if gone.find(value) < 0], old
        merged = _without_repeats([*old, *new])
        named, others = partition(merged, new, key)
        return ordered(named, others, new, old, key, kind), old
    if not key:
        raise PatchError(f"cannot merge lists without merge key for {of.kind}")
    room = len(old)
    left, new, replaces = _special(old, new, key)
    if replaces:
        old, new, live = new, [], left
    else:
        old, live = left, []
    merged = list(old)
    places = Places(merged, key)
    for item in new:
        if key not in item:
            raise no_merge_key(item, key)
        at = places.find(item[key])
        if at < 0:
            places.add(item, len(merged))
            merged.append(item)
        else:
            merged[at] = _merge_map(merged[at], item, of)
    named, others = partition(merged, new, key)
    return ordered(named, others, new, old, key, kind), live or merged[:room]


def _without_repeats(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    places = Places(found, "")
    for value in values:
        if places.find(value) < 0:
            places.add(value, len(found))
            found.append(value)
    return found


def _special(old: list[Any], new: list[Any], key: str) -> tuple[list[Any], list[Any], bool]:
    """The lists after the items that are directives, which are gone; whether one was to replace the list."""
    plain: list[Any] = []
    deleted: list[Any] = []
    replaces = False
    for item in new:
        if PATCH not in item:
            plain.append(item)
            continue
        match item[PATCH]:
            case "delete":
                if key not in item:
                    raise no_merge_key(item, key)
                deleted.append(item[key])
            case "replace":
                replaces = True
            case "merge":
                raise PatchError("merging lists cannot yet be specified in the patch")
            case other:
                raise _unknown(other, item)
    if deleted:
        gone = Places(deleted, "")
        old = [had for had in old if key not in had or gone.find(had[key]) < 0]
    return old, plain, replaces


def _taken(value: Any, *, nulls: bool) -> Any:
    """A value that is new as a whole, without the parts that are directives, and with its nulls only if `nulls`."""
    if isinstance(value, dict):
        value = value if nulls else {key: each for key, each in value.items() if each is not None}
        if PATCH in value:
            return _GONE
        found = ((key, _taken(each, nulls=nulls)) for key, each in value.items())
        return {key: each for key, each in found if each is not _GONE}
    if isinstance(value, list):
        return [taken for each in value if (taken := _taken(each, nulls=nulls)) is not _GONE]
    return value
