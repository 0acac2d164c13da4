"""Choosing among objects that are all marked as the default."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.auth.protocols import T


def newest_default(objects: Iterable[T], *annotations: str) -> T | None:
    """The newest object with one of the annotations "true"; of equally old ones the first by name."""
    marked = [obj for obj in objects if any(obj.metadata.annotations.get(key) == "true" for key in annotations)]
    if not marked:
        return None
    newest = max(obj.metadata.creation_timestamp or "" for obj in marked)
    return min(
        (obj for obj in marked if (obj.metadata.creation_timestamp or "") == newest), key=lambda obj: obj.metadata.name
    )
