"""The patch of a client-side apply: from what was applied before, what is there, and what is wanted now.

What was applied before and is wanted no more goes; what is wanted and differs is set; what others set stays. Lists with
a merge key are compared item by item (Kubernetes docs, "Declarative Management: how apply calculates differences").
"""

from __future__ import annotations

from typing import Any

from minik8s.api.fields import Struct
from minik8s.machinery.patches.strategies import rule_of

Document = dict[str, Any]


def three_way(original: Document, modified: Document, current: Document, cls: type[Struct] | None = None) -> Document:
    """A strategic merge patch for the type `cls`, or a JSON merge patch when it is None; {} when nothing differs."""
    return _maps(original, modified, current, cls)


def _maps(original: Document, modified: Document, current: Document, cls: type[Struct] | None) -> Document:
    patch: Document = {}
    for name, wanted in modified.items():
        if wanted is None:
            if name in current:
                patch[name] = None
            continue
        before, held = original.get(name), current.get(name)
        rule = rule_of(cls, name)
        if isinstance(wanted, dict) and isinstance(held, dict):
            inner = _maps(before if isinstance(before, dict) else {}, wanted, held, rule.type)
            if inner:
                if rule.retains and cls is not None:
                    inner["$retainKeys"] = sorted(wanted)
                patch[name] = inner
        elif isinstance(wanted, list) and isinstance(held, list) and rule.merges and rule.key and cls is not None:
            merged = _lists(before if isinstance(before, list) else [], wanted, held, rule.key, rule.type)
            if merged:
                patch[name] = merged
                patch[f"$setElementOrder/{name}"] = [{rule.key: item.get(rule.key)} for item in wanted]
        elif isinstance(wanted, list) and isinstance(held, list) and rule.merges and cls is not None:
            added = [item for item in wanted if item not in held]
            dropped = [item for item in before or () if item not in wanted and item in held]
            if added:
                patch[name] = added
            if dropped:
                patch[f"$deleteFromPrimitiveList/{name}"] = dropped
        elif wanted != held:
            patch[name] = wanted
    for name in original:
        if name not in modified and name in current:
            patch[name] = None
    return patch


def _lists(
    original: list[Any], modified: list[Any], current: list[Any], key: str, cls: type[Struct] | None
) -> list[Any]:
    before, held = _by_key(original, key), _by_key(current, key)
    found = []
    for wanted in modified:
        name = wanted.get(key) if isinstance(wanted, dict) else None
        there = held.get(name)
        if there is None:
            found.append(wanted)
            continue
        inner = _maps(before.get(name, {}), wanted, there, cls)
        if inner:
            found.append({key: name, **inner})
    still = {item.get(key) for item in modified if isinstance(item, dict)}
    found += [{"$patch": "delete", key: name} for name in before if name not in still and name in held]
    return found


def _by_key(items: list[Any], key: str) -> dict[Any, Document]:
    return {item.get(key): item for item in items if isinstance(item, dict)}
