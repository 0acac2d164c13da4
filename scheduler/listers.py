"""Read access to the other objects of the API that plugins look at, whether they come from watches or from a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Listers:
    """Objects by type and `namespace/name`. The daemon's come from informers, a what-if's from what it was given."""

    def __init__(self, objects: Iterable[Any] = ()) -> None:
        self.selectors_version = 0
        """Counts changes of Services and workloads that say which Pods belong together."""
        self._sources: dict[type[Any], tuple[Callable[[str], Any], Callable[[], list[Any]]]] = {}
        by_type: dict[type[Any], dict[str, Any]] = {}
        for obj in objects:
            meta = obj.metadata
            key = f"{meta.namespace}/{meta.name}" if meta.namespace else meta.name
            by_type.setdefault(type(obj), {})[key] = obj
        for cls, held in by_type.items():
            self.connect(cls, held.get, lambda held=held: list(held.values()))  # type: ignore[misc]

    def connect(self, cls: type[T], get: Callable[[str], T | None], every: Callable[[], list[T]]) -> None:
        """Serve a type from these functions."""
        self._sources[cls] = (get, every)

    def get(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        """One object, or None."""
        source = self._sources.get(cls)
        if source is None:
            return None
        found: T | None = source[0](f"{namespace}/{name}" if namespace else name)
        return found

    def list(self, cls: type[T]) -> list[T]:
        """All objects of a type."""
        source = self._sources.get(cls)
        return source[1]() if source is not None else []
