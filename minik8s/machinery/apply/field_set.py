"""Sets of fields, as `fieldsV1` writes them: nested maps of path elements.

A path element is `f:<name>` (a field or a map's key), `k:<JSON of the key fields>` or `v:<JSON value>` (a list item).
An element that maps to an empty map is in the set. One that maps to a map with "." is in the set, and so are some
fields below it; without "." only those below are. None of the functions changes its arguments; results may share
parts with them.
"""

from __future__ import annotations

import json
from typing import Any

FieldSet = dict[str, Any]

LEAF: FieldSet = {}
"""An element that is in the set, with nothing below it."""
SELF = "."


def is_member(node: FieldSet) -> bool:
    """Whether the element that maps to `node` is itself in the set."""
    return not node or SELF in node


def union(left: FieldSet, right: FieldSet) -> FieldSet:
    """What is in either."""
    if not right:
        return left
    if not left:
        return right
    found = dict(left)
    for element, node in right.items():
        had = found.get(element)
        if had is None:
            found[element] = node
        elif had is not node and element != SELF:
            found[element] = _union_nodes(had, node)
    return found


def _union_nodes(left: FieldSet, right: FieldSet) -> FieldSet:
    if not left and not right:
        return LEAF
    if not left:
        return right if SELF in right else {SELF: LEAF, **right}
    if not right:
        return left if SELF in left else {SELF: LEAF, **left}
    return union(left, right)


def difference(left: FieldSet, right: FieldSet) -> FieldSet:
    """What is in `left` and not in `right`."""
    return _subtract(left, right, deep=False)


def without(left: FieldSet, right: FieldSet) -> FieldSet:
    """What is in `left`, but neither in `right` nor below anything that is."""
    return _subtract(left, right, deep=True)


def _subtract(left: FieldSet, right: FieldSet, *, deep: bool) -> FieldSet:
    if not right or not left:
        return left
    found: FieldSet = {}
    for element, node in left.items():
        if element == SELF:
            continue
        other = right.get(element)
        if other is None:
            found[element] = node
            continue
        there = is_member(other)
        if deep and there:
            continue
        below = _subtract(node, other, deep=deep) if node else LEAF
        below = _children(below)
        if is_member(node) and not there:
            found[element] = {SELF: LEAF, **below} if below else LEAF
        elif below:
            found[element] = below
    return found


def _children(node: FieldSet) -> FieldSet:
    if SELF not in node:
        return node
    return {element: below for element, below in node.items() if element != SELF}


def intersection(left: FieldSet, right: FieldSet) -> FieldSet:
    """What is in both."""
    found: FieldSet = {}
    for element, node in left.items():
        other = right.get(element)
        if other is None or element == SELF:
            continue
        below = intersection(node, other) if node and other else LEAF
        if is_member(node) and is_member(other):
            found[element] = {SELF: LEAF, **below} if below else LEAF
        elif below:
            found[element] = below
    return found


def paths(fields: FieldSet) -> list[str]:
    """Every field in the set as people are told of it: `.spec.containers[name="c"].image`; in order."""
    found: list[str] = []
    _collect(fields, "", found)
    return found


def _collect(fields: FieldSet, prefix: str, found: list[str]) -> None:
    here = [(_order(element), element) for element in fields if element != SELF]
    here.sort(key=lambda pair: pair[0])
    for _, element in here:
        if is_member(fields[element]):
            found.append(prefix + shown(element))
    for _, element in here:
        _collect(fields[element], prefix + shown(element), found)


def _order(element: str) -> tuple[int, Any]:
    kind, value = element[:2], element[2:]
    if kind == "f:":
        return 0, value
    if kind == "k:":
        return 1, _comparable(value)
    return 2, _comparable(value)


def _comparable(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, dict):
        return "\0".join(f"{key}\0{_sortable(value[key])}" for key in sorted(value))
    return _sortable(value)


def _sortable(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:020d}"
    return str(value)


def shown(element: str) -> str:
    """One path element for people: `.name`, `[key="value"]` or `[="value"]`."""
    kind, value = element[:2], element[2:]
    if kind == "f:":
        return f".{value}"
    if kind == "k:":
        try:
            keys = json.loads(value)
        except ValueError:
            return f"[{value}]"
        shown_keys = ",".join(f"{key}={_written(keys[key])}" for key in sorted(keys))
        return f"[{shown_keys}]"
    if kind == "v:":
        return f"[={value}]"
    return f"[{value}]"


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse_paths(*wanted: str) -> FieldSet:
    """The set of the named fields, each given with dots between its names: `metadata.labels`."""
    found: FieldSet = {}
    for path in wanted:
        node: FieldSet = LEAF
        for name in reversed(path.split(".")):
            node = {f"f:{name}": node}
        found = union(found, node)
    return found
