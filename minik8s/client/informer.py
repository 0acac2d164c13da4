"""Caches of what is in the cluster: list once, watch from there, list again only when the server says so."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import structlog

from minik8s.client.api import ApiClient
from minik8s.client.config import ConfigError
from minik8s.client.errors import ApiError, ConnectionFailed, Expired, TooManyRequests
from minik8s.client.resources import Resource, key_of, named, resource_of
from minik8s.client.store import NAMESPACE, IndexedStore, IndexFunction
from minik8s.client.watch import BOOKMARK, DELETED
from minik8s.clock import Clock

log = structlog.get_logger("informer")

T = TypeVar("T")
Objects = list
Handler = Callable[[T | None, T | None], None]

WATCH_SECONDS = (300, 600)
"""A watch is asked to end after a random time between these, so that servers can spread their load."""
BACKOFF = (0.8, 30.0)
"""First and longest pause after a failure, in seconds; doubled each time, up to half as long again at random."""
_BATCH = 256


class Informer(Generic[T]):
    """One cache of one resource (or a part of it), and whom to tell when it changes.

    Objects returned are shared by everybody: copy before changing one.
    """

    def __init__(
        self,
        client: ApiClient,
        resource: Resource[T],
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
    ) -> None:
        self.resource = resource
        self.namespace = namespace
        self.label_selector = label_selector
        self.field_selector = field_selector
        self.store: IndexedStore[T] = IndexedStore()
        self.resource_version = ""
        self._client = client
        self._clock: Clock = client.clock
        self._handlers: Objects[Handler[T]] = []
        self._synced = asyncio.Event()
        self._expired = False
        self._failures = 0

    def get(self, name: str, namespace: str = "") -> T | None:
        """One object, or None."""
        return self.store.get(f"{namespace}/{name}" if namespace else name)

    def get_key(self, key: str) -> T | None:
        """One object by its `namespace/name`, or None."""
        return self.store.get(key)

    def list(self, namespace: str = "") -> Objects[T]:
        """All objects, or those of one namespace."""
        return self.store.by_index(NAMESPACE, namespace) if namespace else self.store.values()

    def by_index(self, index: str, value: str) -> Objects[T]:
        """The objects an index function gave `value` for."""
        return self.store.by_index(index, value)

    def on_change(self, handler: Handler[T]) -> None:
        """Call `handler(old, new)` on every change: old None when added, new None when deleted.

        What is in the cache already is handed over at once, as added.
        """
        self._handlers.append(handler)
        for obj in self.store.values():
            self._call(handler, None, obj)

    @property
    def has_synced(self) -> bool:
        """Whether the first list is in."""
        return self._synced.is_set()

    async def synced(self) -> None:
        """Wait until the first list is in."""
        await self._synced.wait()

    async def run(self) -> None:
        """Follow the server until cancelled; failures are logged and tried again, nothing else ends this."""
        while True:
            try:
                await self._list()
                await self._follow()
            except Expired:
                self._expired = True
                log.debug("resource version too old, listing again", resource=str(self.resource))
                await self._clock.sleep(0)
            except (ApiError, ConnectionFailed, ConfigError) as error:
                await self._pause("cannot list", error)
            except Exception as error:
                log.exception("informer failed", resource=str(self.resource))
                await self._pause("cannot use what the server sent", error)

    async def _list(self) -> None:
        wanted = "" if self._expired else self.resource_version or "0"
        found = await self._client.list(
            self.resource,
            self.namespace,
            label_selector=self.label_selector,
            field_selector=self.field_selector,
            resource_version=wanted,
        )
        self._expired = False
        self._failures = 0
        self.resource_version = found.resource_version
        present = set()
        for count, obj in enumerate(found.items):
            present.add(key_of(obj))
            self._put(obj)
            if count % _BATCH == _BATCH - 1:
                await asyncio.sleep(0)
        for key in self.store.keys():
            if key not in present:
                old = self.store.remove(key)
                self._notify(old, None)
        self._synced.set()

    async def _follow(self) -> None:
        """Watch, again and again from where the last one ended; returns or raises when a list is needed."""
        while True:
            began, count = self._clock.monotonic(), 0
            try:
                async for event in self._client.watch(
                    self.resource,
                    self.namespace,
                    resource_version=self.resource_version,
                    label_selector=self.label_selector,
                    field_selector=self.field_selector,
                    timeout_seconds=random.randint(*WATCH_SECONDS),
                ):
                    count += 1
                    self._failures = 0
                    self._event(event.type, event.object)
                    if count % _BATCH == 0:
                        await asyncio.sleep(0)
            except (ConnectionFailed, TooManyRequests) as error:
                await self._pause("watch broke", error)
                continue
            except ApiError as error:
                if error.code < 500:
                    raise
                await self._pause("watch failed", error)
                continue
            if count == 0 and self._clock.monotonic() - began < 1:
                await self._pause("watch ended at once", None)

    def _event(self, kind: str, obj: T) -> None:
        if kind == BOOKMARK:
            pass
        elif kind == DELETED:
            self.store.remove(key_of(obj))
            self._notify(obj, None)
        else:
            self._put(obj)
        self.resource_version = named(obj).resource_version or self.resource_version

    def _put(self, obj: T) -> None:
        _strip(obj)
        old = self.store.put(obj)
        if old is None or not _same_version(old, obj):
            self._notify(old, obj)

    def _notify(self, old: T | None, new: T | None) -> None:
        for handler in self._handlers:
            self._call(handler, old, new)

    def _call(self, handler: Handler[T], old: T | None, new: T | None) -> None:
        try:
            handler(old, new)
        except Exception:
            log.exception("change handler failed", resource=str(self.resource), object=key_of(new or old))

    async def _pause(self, what: str, error: BaseException | None) -> None:
        first, most = BACKOFF
        wait = min(first * 2.0 ** min(self._failures, 32), most) * (1 + random.random() / 2)
        self._failures += 1
        show = log.warning if self._failures == 3 else log.debug
        show(what, resource=str(self.resource), error=str(error or ""), again_in=round(wait, 1))
        await self._clock.sleep(wait)


class Informers:
    """The informers of one process: each cache once, however many ask for it."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client
        self._informers: list[Informer[Any]] = []
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def of(
        self,
        cls: type[T] | Resource[T],
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        indexers: Mapping[str, IndexFunction[T]] | None = None,
    ) -> Informer[T]:
        """The informer of a resource and selection, with these indexes; one made before is shared.

        An index name that another caller gave a different function gets this caller an informer of its own.
        """
        resource = resource_of(cls)
        wanted = (resource, namespace, label_selector, field_selector)
        for informer in self._informers:
            held = (informer.resource, informer.namespace, informer.label_selector, informer.field_selector)
            if held == wanted and _add_indexes(informer, indexers or {}):
                return informer
        made = Informer(self.client, resource, namespace, label_selector, field_selector)
        _add_indexes(made, indexers or {})
        self._informers.append(made)
        return made

    def existing(self, group_version: str, plural: str) -> Informer[Any] | None:
        """An informer that already follows all objects of a resource in full, if anybody asked for one."""
        for informer in self._informers:
            found = informer.resource
            selects = informer.namespace or informer.label_selector or informer.field_selector
            if (found.group_version, found.plural) == (group_version, plural) and not selects:
                return informer
        return None

    async def start(self) -> None:
        """Run every informer that does not run yet; returns at once."""
        for informer in self._informers:
            if id(informer) not in self._tasks:
                name = f"informer-{informer.resource}"
                self._tasks[id(informer)] = asyncio.create_task(informer.run(), name=name)

    async def synced(self) -> None:
        """Wait until every informer has its first list."""
        for informer in list(self._informers):
            await informer.synced()

    @property
    def unsynced(self) -> list[str]:
        """The resources whose first list is not in yet, for health reports."""
        return [str(i.resource) for i in self._informers if not i.has_synced]

    async def stop(self) -> None:
        """End all informers; their caches stay readable."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def discard(self, informer: Informer[Any]) -> None:
        """End one informer and forget it (a custom resource that is gone)."""
        if informer in self._informers:
            self._informers.remove(informer)
        task = self._tasks.pop(id(informer), None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _add_indexes(informer: Informer[T], indexers: Mapping[str, IndexFunction[T]]) -> bool:
    held = informer.store.functions
    if any(name in held and held[name] is not function for name, function in indexers.items()):
        return False
    for name, function in indexers.items():
        if name not in held:
            informer.store.add_index(name, function)
    return True


def _strip(obj: Any) -> None:
    """Who manages which field is much memory and nobody's business here; an update without it keeps the server's."""
    if isinstance(obj, dict):
        (obj.get("metadata") or {}).pop("managedFields", None)
    elif obj.metadata.managed_fields:
        obj.metadata.managed_fields = []


def _same_version(old: Any, new: Any) -> bool:
    before, after = named(old), named(new)
    return bool(after.resource_version) and before == after
