"""Keeps what is served in step with the definitions: names, conditions, caches, discovery, and the end of a kind."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from apiserver.auth.errors import StatusError
from apiserver.crd import names
from apiserver.crd.conversion import Client
from apiserver.crd.conversion_metrics import ConversionMetrics
from apiserver.crd.discovery import Published
from apiserver.crd.ending import Ending
from apiserver.crd.installed import Installed, Installer
from apiserver.crd.outline import Outline, Outlines, outline
from apiserver.resources import Resources
from apiserver.storage.cacher import Cacher, NotCaughtUp
from apiserver.storage.entry import Entry
from apiserver.storage.keys import split_key
from apiserver.storage.store import StoreError
from apiserver.storage.watchers import Change
from minik8s.api.apiextensions_v1 import CustomResourceDefinition, CustomResourceDefinitionNames
from minik8s.api.fields import Struct
from minik8s.machinery.conditions import is_true
from minik8s.machinery.times import format_time

log = structlog.get_logger("apiserver.crd")
_RETRY_SECONDS = 1.0
_BATCH = 32


class _Status(Struct):
    accepted_names: CustomResourceDefinitionNames = msgspec.field(default_factory=CustomResourceDefinitionNames)


class _Metadata(Struct):
    deletion_timestamp: str | None = None


class _Names(Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    status: _Status = msgspec.field(default_factory=_Status)


_names = msgspec.json.Decoder(_Names)


def _ready(crd: Outline) -> bool:
    return is_true(crd.status.conditions, "NamesAccepted") or is_true(crd.status.conditions, "Established")


class Definitions:
    """All definitions of the cluster. `load` comes before the caches are filled, `start` after that.

    Where it `follows`, another server settles names, establishes kinds and ends them.
    """

    def __init__(
        self,
        resources: Resources,
        cacher: Cacher,
        published: Published,
        client: Callable[[], Client],
        metrics: ConversionMetrics,
        *,
        follows: bool = False,
    ) -> None:
        self._follows = follows
        self._idle = asyncio.Event()
        self._resources = resources
        self._cacher = cacher
        self._published = published
        self._installer = Installer(resources, cacher, client, metrics)
        self._installed: dict[str, Installed] = {}
        self._definitions = resources.by_type[CustomResourceDefinition]
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._outlines = Outlines(cacher, self._definitions.cache.prefix)
        self._ending = Ending(cacher, self._outlines, self._definitions.cache)
        self._endings: dict[str, asyncio.Task[None]] = {}
        self._taken = names.Taken()
        self._refused: dict[str, None] = {}
        """Definitions that did not get all the names they asked for: who asked first is the first to get them."""
        self._retries: set[asyncio.TimerHandle] = set()

    @property
    def metrics(self) -> ConversionMetrics:
        """How conversion webhooks do."""
        return self._installer.metrics

    async def load(self) -> None:
        """Serve the definitions in the store: their objects are read with all others. Raises StoreError."""
        cache = self._definitions.cache
        page = await self._cacher.store.range(cache.prefix)
        for item in page.items:
            _, name = split_key(cache.prefix, item.key, False)
            entry = Entry(cache.form, "", name, cache.form.wire(item.value, item.mod_revision), item.mod_revision, 0)
            try:
                crd = outline(entry)
            except ValueError as error:
                log.error("a definition in the store cannot be read", name=name, error=str(error))
                continue
            if is_true(crd.status.conditions, "Established"):
                self._installed[name] = self._installer.add(crd, entry)
        self._published.publish(self._installed.values())

    async def start(self) -> None:
        """Follow the definitions."""
        self._definitions.cache.listeners.append(self._changed)
        for entry in self._definitions.cache.ordered():
            self._names_of(entry.name, entry)
            self._mark(entry.name)
        for name, each in self._installed.items():
            self._watch_instances(name, each)
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Follow no more."""
        for handle in self._retries:
            handle.cancel()
        for task in (self._task, *self._endings.values()):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def _changed(self, change: Change) -> None:
        about = change.new or change.old
        assert about is not None
        self._mark(about.name)
        if change.new is None and (held := self._installed.get(about.name)) is not None:
            # Who sees that the definition is gone does not find its objects any more.
            held.withdraw(self._resources)
        self._names_of(about.name, change.new)

    def _names_of(self, name: str, entry: Entry | None) -> None:
        """Know what names a definition holds. Those that are free again may be what others wait for."""
        found = None if entry is None else _names.decode(entry.wire)
        held = None if found is None else found.status.accepted_names
        if found is None:
            self._refused.pop(name, None)
        elif found.metadata.deletion_timestamp is not None and name in self._installed:
            # Who sees that the definition ends makes nothing new of its kind.
            self._installed[name].close()
        if self._taken.put(name, held):
            group = name.partition(".")[2]
            for each in self._refused:
                if each.partition(".")[2] == group:
                    self._mark(each)

    def _mark(self, name: str) -> None:
        self._dirty[name] = None
        self._idle.clear()
        self._wake.set()

    async def settled(self) -> None:
        """Wait until what the cache holds is what is served."""
        await self._idle.wait()

    async def _work(self) -> None:
        while True:
            if not self._wake.is_set():
                self._idle.set()
            await self._wake.wait()
            self._wake.clear()
            while self._dirty:
                batch = list(itertools.islice(self._dirty, _BATCH))
                for name in batch:
                    del self._dirty[name]
                await self._several(batch)

    async def _several(self, batch: list[str]) -> None:
        """Bring definitions up to date; what they write is written together, what they serve is told of once."""
        changed = await asyncio.gather(*(self._guarded(name, self._sync) for name in batch))
        if any(changed):
            self._published.publish(self._installed.values())
        await asyncio.gather(*(self._guarded(name, self._establish) for name in batch))

    async def _guarded(self, name: str, step: Callable[[str], Awaitable[bool]]) -> bool:
        try:
            return await step(name)
        except (StatusError, StoreError, NotCaughtUp) as error:
            log.info("a definition will be looked at again", name=name, reason=str(error))
            self._later(name)
        except Exception:
            log.exception("a definition cannot be served", name=name)
        return False

    def _later(self, name: str) -> None:
        def again() -> None:
            self._retries.discard(handle)
            self._mark(name)

        handle = asyncio.get_running_loop().call_later(_RETRY_SECONDS, again)
        self._retries.add(handle)

    async def _sync(self, name: str) -> bool:
        """Settle the names of a definition, then serve it; whether what is served has changed."""
        entry = self._definitions.cache.get("", name)
        held = self._installed.get(name)
        if entry is None:
            if held is None:
                return False
            self._uninstall(name, held)
            return True
        crd = outline(entry)
        settled = not self._follows and names.settle(crd, self._taken, format_time(self._cacher.clock.now()))
        if is_true(crd.status.conditions, "NamesAccepted"):
            self._refused.pop(name, None)
        else:
            self._refused[name] = None
        if settled:
            # Nobody else gets these names while they are being written.
            self._taken.put(name, crd.status.accepted_names)
            await self._outlines.update(crd, entry)
            return False
        changed = False
        ended = held is not None and held.terminating
        if _ready(crd) and (held is None or held.differs(crd, entry)):
            await self._install(crd, entry, held)
            changed = True
        changed |= held is not None and held.terminating != ended
        if crd.metadata.deletion_timestamp is not None and name not in self._endings and not self._follows:
            self._endings[name] = asyncio.create_task(self._end(name))
        return changed

    async def _establish(self, name: str) -> bool:
        """Say of a definition that it is served, once it is told of."""
        entry = self._definitions.cache.get("", name)
        if entry is None or name not in self._installed or self._follows:
            return False
        crd = outline(entry)
        if not _ready(crd) or is_true(crd.status.conditions, "Established"):
            return False
        names.establish(crd, format_time(self._cacher.clock.now()))
        await self._outlines.update(crd, entry)
        return True

    async def _end(self, name: str) -> None:
        """Delete the objects of a definition that is being deleted: others need not wait for that."""
        try:
            entry = self._definitions.cache.get("", name)
            if entry is not None:
                crd = outline(entry)
                await self._guarded(name, lambda _: self._ending.sync(crd, entry, self._installed.get(name)))
        finally:
            del self._endings[name]

    async def _install(self, crd: Outline, entry: Entry, held: Installed | None) -> None:
        name = crd.metadata.name
        made = await self._installer.install(crd, entry)
        if held is not None:
            held.withdraw(self._resources)
        self._installed[name] = made
        self._watch_instances(name, made)

    def _watch_instances(self, name: str, made: Installed) -> None:
        cache = made.cache

        def gone(change: Change) -> None:
            if made.terminating and change.new is None and not len(cache):
                self._mark(name)

        cache.listeners.append(gone)

    def _uninstall(self, name: str, held: Installed) -> None:
        held.withdraw(self._resources)
        self._cacher.remove(held.group, held.plural)
        del self._installed[name]
