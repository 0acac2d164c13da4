"""Changes of an object seen in another version of its kind, for managers that own fields of that version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from apiserver.coding import convert
from apiserver.registry.conversions import conversion_of, converted_versions
from minik8s.api.scheme import resource_for_plural, type_of
from minik8s.machinery.apply.compare import Difference, compare
from minik8s.machinery.apply.schema import schema_of


@cache
def _translation(group_version: str, plural: str, version: str) -> Callable[[Any], Any] | None:
    own = conversion_of(group_version, plural)
    if own is not None:
        return own.to_stored if own.stored == version else None
    other = conversion_of(version, plural) if version in converted_versions(plural) else None
    return other.from_stored if other is not None and other.stored == group_version else None


def difference_in(
    group_version: str, plural: str, version: str, old: dict[str, Any], new: dict[str, Any]
) -> Difference | None:
    """What differs between two documents once both are of `version`, None where that is no other version of the kind.

    Both are plain data of `group_version`.
    """
    translate = _translation(group_version, plural, version)
    source, target = resource_for_plural(group_version, plural), resource_for_plural(version, plural)
    if translate is None or source is None or target is None:
        return None
    cls: type[Any] = type_of(source)
    before, after = (translate(convert(document, cls)) for document in (old, new))
    return compare(schema_of(type_of(target)), _plain(before), _plain(after))


def _plain(obj: Any) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(obj, enc_hook=msgspec.json.decode)
    return document
