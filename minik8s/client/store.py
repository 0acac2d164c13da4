"""What an informer keeps: objects by key, and by what index functions say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from minik8s.client.resources import key_of

T = TypeVar("T")
IndexFunction = Callable[[T], list[str]]

NAMESPACE = "namespace"


class IndexedStore(Generic[T]):
    """Objects by `namespace/name`, with any number of indexes kept true as objects come and go."""

    def __init__(self) -> None:
        self._objects: dict[str, T] = {}
        self._functions: dict[str, IndexFunction[T]] = {}
        self._indexes: dict[str, dict[str, dict[str, T]]] = {}
        self.add_index(NAMESPACE, _namespace_of)

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterable[T]:
        return iter(self._objects.values())

    @property
    def functions(self) -> Mapping[str, IndexFunction[T]]:
        """The index functions by name."""
        return self._functions

    def add_index(self, name: str, function: IndexFunction[T]) -> None:
        """Index what is there and what will come."""
        self._functions[name] = function
        index: dict[str, dict[str, T]] = {}
        for key, obj in self._objects.items():
            for value in function(obj):
                index.setdefault(value, {})[key] = obj
        self._indexes[name] = index

    def get(self, key: str) -> T | None:
        """The object of that key, or None."""
        return self._objects.get(key)

    def keys(self) -> list[str]:
        """All keys."""
        return list(self._objects)

    def values(self) -> list[T]:
        """All objects."""
        return list(self._objects.values())

    def by_index(self, name: str, value: str) -> list[T]:
        """The objects for which the index function gave `value`. Raises KeyError for an index nobody added."""
        return list(self._indexes[name].get(value, {}).values())

    def put(self, obj: T) -> T | None:
        """Keep the object; returns the one it replaces."""
        key = key_of(obj)
        old = self._objects.get(key)
        if old is not None:
            self._unindex(key, old)
        self._objects[key] = obj
        for name, function in self._functions.items():
            index = self._indexes[name]
            for value in function(obj):
                index.setdefault(value, {})[key] = obj
        return old

    def remove(self, key: str) -> T | None:
        """Forget the object; returns it."""
        old = self._objects.pop(key, None)
        if old is not None:
            self._unindex(key, old)
        return old

    def _unindex(self, key: str, old: T) -> None:
        for name, function in self._functions.items():
            index = self._indexes[name]
            for value in function(old):
                entries = index.get(value)
                if entries is not None:
                    entries.pop(key, None)
                    if not entries:
                        del index[value]


def _namespace_of(obj: object) -> list[str]:
    if isinstance(obj, dict):
        return [str((obj.get("metadata") or {}).get("namespace", ""))]
    return [obj.metadata.namespace]  # type: ignore[attr-defined]
