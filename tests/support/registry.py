"""Objects put through a strategy as the verbs do it: what comes out, and what is said about it."""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from apiserver.registry import strategy, strategy_of
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.scheme import resource_for_plural, type_of

NOW = "2026-01-02T03:04:05Z"
POD = {"containers": [{"name": "c", "image": "registry.example/app:1"}]}


def template(**labels: str) -> dict[str, Any]:
    """A pod template with labels."""
    return {"metadata": {"labels": labels}, "spec": copy.deepcopy(POD)}


def merged(document: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


class Kind:
    """One resource of one group version, by its strategy alone."""

    def __init__(self, group_version: str, plural: str, *, user: str = "admin", groups: tuple[str, ...] = ()) -> None:
        resource = resource_for_plural(group_version, plural)
        assert resource is not None
        self.cls: Any = type_of(resource)
        self.strategy: Strategy[Any] = strategy_of(resource.group, plural, resource.version)
        self.request = Request(now=NOW, user=user, groups=groups, group_version=group_version)

    def _read(self, document: dict[str, Any]) -> Any:
        obj = msgspec.json.decode(msgspec.json.encode(document), type=self.cls)
        self.strategy.default(obj, self.request)
        return obj

    def create(self, document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """A new object as it would be stored, and its faults."""
        metadata = {"name": "x", **({"namespace": "default"} if self.strategy.namespaced else {})}
        obj = self._read(merged({"metadata": metadata}, document))
        obj.metadata.uid = "u-1"
        obj.metadata.creation_timestamp = NOW
        errors = strategy.create(self.strategy, obj, self.request)
        return msgspec.json.decode(msgspec.json.encode(obj)), [str(error) for error in errors]

    def stored(self, document: dict[str, Any]) -> dict[str, Any]:
        """A valid new object with a resource version."""
        found, errors = self.create(document)
        assert errors == []
        return merged(found, {"metadata": {"resourceVersion": "1"}})

    def update(
        self, stored: dict[str, Any], patch: dict[str, Any], subresource: str = ""
    ) -> tuple[dict[str, Any], list[str]]:
        """A stored object after a merge patch, and the faults of the change."""
        of = self.strategy.subresources[subresource] if subresource else self.strategy
        old = msgspec.json.decode(msgspec.json.encode(stored), type=self.cls)
        new = self._read(merged(stored, patch))
        errors = strategy.update(of, new, old, self.request)
        return msgspec.json.decode(msgspec.json.encode(new)), [str(error) for error in errors]

    def warnings(self, document: dict[str, Any]) -> list[str]:
        """What is said about a new object."""
        metadata = {"name": "x", **({"namespace": "default"} if self.strategy.namespaced else {})}
        return self.strategy.warnings_on_create(self._read(merged({"metadata": metadata}, document)))
