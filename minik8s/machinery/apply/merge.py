"""Put an applied configuration into a live object, and take out what it no longer names."""

from __future__ import annotations

from typing import Any

from minik8s.machinery.apply.compare import ABSENT, item_element, resolved
from minik8s.machinery.apply.field_set import FieldSet, is_member
from minik8s.machinery.apply.schema import Schema


def merge(schema: Schema | None, live: Any, config: Any) -> Any:
    """The live value with what the configuration says. Parts may be shared with both."""
    if config is ABSENT:
        return live
    if live is ABSENT or live is None:
        return config
    if config is None:
        # Nothing said of a map or list whose parts have owners says nothing of its parts.
        return live if live and isinstance(live, dict | list) and not resolved(schema, live).leaf else None
    schema = resolved(schema, config)
    if schema.leaf:
        return config
    if schema.kind == "list":
        if not isinstance(live, list) or not isinstance(config, list) or (not live and not config):
            return config
        return _merge_lists(schema, live, config)
    if not isinstance(live, dict) or not isinstance(config, dict) or (not live and not config):
        return config
    merged = dict(live)
    fields, other = schema.fields, schema.element
    for key, value in config.items():
        merged[key] = merge(fields.get(key, other), live.get(key, ABSENT), value)
    return merged


def _merge_lists(schema: Schema, live: list[Any], config: list[Any]) -> list[Any]:
    """The live items in their order, with the configuration's order for those that both have."""
    left = [item_element(schema, item) for item in live]
    right = [item_element(schema, item) for item in config]
    in_left: dict[str, Any] = {}
    for element, item in zip(left, live, strict=True):
        # Of items that stand twice in the live object none is merged into.
        in_left[element] = ABSENT if element in in_left else item
    in_right = dict(zip(right, config, strict=True))
    shared = [element for element in right if element in in_left]
    turn = 0  # the place in `shared` of the item to be met next
    merged: list[Any] = []
    done: set[str] = set()
    at_left = at_right = 0

    def take(element: str) -> None:
        nonlocal turn
        done.add(element)
        merged.append(merge(schema.element, in_left.get(element, ABSENT), in_right[element]))
        if turn < len(shared) and shared[turn] == element:
            turn += 1

    while at_left < len(left) or at_right < len(right):
        if at_left < len(left) and at_right < len(right):
            element = left[at_left]
            if element == right[at_right]:
                take(element)
                at_left += 1
                at_right += 1
                continue
            if element in in_right and turn < len(shared) and shared[turn] != element:
                at_left += 1
                continue
        if at_left < len(left):
            element = left[at_left]
            if element not in in_right:
                merged.append(live[at_left])
                at_left += 1
                continue
            if element in done:
                at_left += 1
        if at_right < len(right):
            take(right[at_right])
            at_right += 1
    return merged


def remove(schema: Schema | None, value: Any, fields: FieldSet) -> Any:
    """The value without the fields of a set. A map or list that loses all its own parts becomes null."""
    schema = resolved(schema, value)
    if not fields or not value:
        return value
    if schema.leaf:
        return None if isinstance(value, dict | list) else value
    if schema.kind == "list":
        if not isinstance(value, list):
            return value
        kept = []
        inside = False
        for item in value:
            node = fields.get(item_element(schema, item))
            if node is None:
                kept.append(item)
            elif not is_member(node):
                inside = True
                kept.append(_emptied(schema.element, item, node))
        return kept if kept or inside else None
    if not isinstance(value, dict):
        return value
    found = {}
    inside = False
    for key, item in value.items():
        node = fields.get("f:" + key)
        if node is None:
            found[key] = item
        elif not is_member(node):
            inside = True
            found[key] = _emptied(schema.child(key), item, node)
    return found if found or inside else None


def _emptied(schema: Schema | None, value: Any, fields: FieldSet) -> Any:
    """A part without fields of its own: it stays where all of them go, and is empty."""
    left = remove(schema, value, fields)
    if left is None and isinstance(value, dict | list):
        return {} if isinstance(value, dict) else []
    return left
