"""Which caches are kept: without Ingresses of ours none but those of Ingresses and classes, else their namespaces'."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ingress.plan import secrets_of
from minik8s.api.core_v1 import Secret, Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.api.networking_v1 import Ingress
from minik8s.client.informer import Informer, Informers

MOST_NAMESPACES = 30
"""With Ingresses in more namespaces than this, one cache of all namespaces costs less than one of each."""
NO_RELEASES = "type!=helm.sh/release.v1"
"""Helm keeps whole charts in Secrets; no Ingress names one."""
T = TypeVar("T")


def _service_of(piece: EndpointSlice) -> list[str]:
    return [f"{piece.metadata.namespace}/{piece.metadata.labels.get('kubernetes.io/service-name', '')}"]


class Follower:
    """Services, EndpointSlices and Secrets of the namespaces that matter; `changed` hears of every change."""

    def __init__(self, informers: Informers, changed: Callable[[], None]) -> None:
        self._informers, self._changed = informers, changed
        self._held: dict[tuple[type[Any], str], Informer[Any]] = {}

    async def settle(self, ours: Iterable[Ingress]) -> None:
        """Have the caches these Ingresses need, complete, and no others."""
        ours = list(ours)
        wanted: set[tuple[type[Any], str]] = {
            (kind, at) for at in _places({i.metadata.namespace for i in ours}) for kind in (Service, EndpointSlice)
        }
        wanted |= {(Secret, at) for at in _places({i.metadata.namespace for i in ours if secrets_of(i)})}
        for key in self._held.keys() - wanted:
            await self._informers.discard(self._held.pop(key))
        for kind, at in sorted(wanted - self._held.keys(), key=lambda key: (key[0].__name__, key[1])):
            self._held[kind, at] = self._made(kind, at)
        await self._informers.start()
        await asyncio.gather(*(informer.synced() for informer in self._held.values()))

    def _made(self, kind: type[Any], namespace: str) -> Informer[Any]:
        informer: Informer[Any] = self._informers.of(
            kind,
            namespace,
            field_selector=NO_RELEASES if kind is Secret else "",
            indexers={"service": _service_of} if kind is EndpointSlice else None,
        )
        informer.on_change(lambda old, new: self._changed())
        return informer

    def _of(self, kind: type[T], namespace: str) -> Informer[T] | None:
        return self._held.get((kind, namespace)) or self._held.get((kind, ""))

    def service(self, namespace: str, name: str) -> Service | None:
        """A Service, or None."""
        informer = self._of(Service, namespace)
        return informer.get(name, namespace) if informer is not None else None

    def slices(self, namespace: str, name: str) -> list[EndpointSlice]:
        """The EndpointSlices of a Service."""
        informer = self._of(EndpointSlice, namespace)
        return informer.by_index("service", f"{namespace}/{name}") if informer is not None else []

    def secret(self, namespace: str, name: str) -> Secret | None:
        """A Secret, or None."""
        informer = self._of(Secret, namespace)
        return informer.get(name, namespace) if informer is not None else None


def _places(namespaces: set[str]) -> set[str]:
    return namespaces if len(namespaces) <= MOST_NAMESPACES else {""}
