"""Keeps what is served in step with the definitions: names, conditions, caches, discovery, and the end of a kind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from apiserver.auth.errors import StatusError
from apiserver.crd import names
from apiserver.crd.conversion import Client
from apiserver.crd.discovery import Published
from apiserver.crd.ending import Ending
from apiserver.crd.installed import Installed, Installer
from apiserver.objects import StoredObjects
from apiserver.resources import Resources
from apiserver.storage.cacher import Cacher, NotCaughtUp
from apiserver.storage.entry import Entry
from apiserver.storage.keys import split_key
from apiserver.storage.store import StoreError
from apiserver.storage.watchers import Change
from minik8s.api.apiextensions_v1 import CustomResourceDefinition
from minik8s.machinery.conditions import is_true
from minik8s.machinery.times import format_time

log = structlog.get_logger("apiserver.crd")
_RETRY_SECONDS = 1.0


class Definitions:
    """All definitions of the cluster. `load` comes before the caches are filled, `start` after that."""

    def __init__(
        self,
        resources: Resources,
        cacher: Cacher,
        objects: StoredObjects,
        published: Published,
        client: Callable[[], Client],
    ) -> None:
        self._resources = resources
        self._cacher = cacher
        self._objects = objects
        self._published = published
        self._installer = Installer(resources, cacher, client)
        self._installed: dict[str, Installed] = {}
        self._definitions = resources.by_type[CustomResourceDefinition]
        self._dirty: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending = Ending(cacher, objects)
        self._retries: set[asyncio.TimerHandle] = set()

    async def load(self) -> None:
        """Serve the definitions in the store: their objects are read with all others. Raises StoreError."""
        cache = self._definitions.cache
        page = await self._cacher.store.range(cache.prefix)
        for item in page.items:
            _, name = split_key(cache.prefix, item.key, False)
            entry = Entry(cache.form, "", name, cache.form.wire(item.value, item.mod_revision), item.mod_revision, 0)
            try:
                crd: CustomResourceDefinition = entry.obj()
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
            self._mark(entry.name)
        for name, each in self._installed.items():
            self._watch_instances(name, each)
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Follow no more."""
        for handle in self._retries:
            handle.cancel()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _changed(self, change: Change) -> None:
        about = change.new or change.old
        assert about is not None
        self._mark(about.name)
        if change.new is None:
            # Names that are free again may be what others wait for.
            group = about.name.partition(".")[2]
            for entry in self._definitions.cache.ordered():
                if entry.name.partition(".")[2] == group:
                    self._mark(entry.name)

    def _mark(self, name: str) -> None:
        self._dirty[name] = None
        self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed = False
            while self._dirty:
                name = next(iter(self._dirty))
                del self._dirty[name]
                try:
                    changed |= await self._sync(name)
                except (StatusError, StoreError, NotCaughtUp) as error:
                    log.info("a definition will be looked at again", name=name, reason=str(error))
                    self._later(name)
                except Exception:
                    log.exception("a definition cannot be served", name=name)
            if changed:
                self._published.publish(self._installed.values())

    def _later(self, name: str) -> None:
        def again() -> None:
            self._retries.discard(handle)
            self._mark(name)

        handle = asyncio.get_running_loop().call_later(_RETRY_SECONDS, again)
        self._retries.add(handle)

    async def _sync(self, name: str) -> bool:
        """Bring one definition up to date; whether what is served has changed."""
        entry = self._definitions.cache.get("", name)
        held = self._installed.get(name)
        if entry is None:
            if held is None:
                return False
            self._uninstall(name, held)
            return True
        crd: CustomResourceDefinition = entry.fresh()
        now = format_time(self._cacher.clock.now())
        if names.settle(crd, self._others(crd), now):
            await self._objects.update(crd)
            return False
        changed = False
        ready = is_true(crd.status.conditions, "NamesAccepted") or is_true(crd.status.conditions, "Established")
        if ready and (held is None or held.differs(crd, entry)):
            await self._install(crd, entry, held)
            changed = True
        if ready and not is_true(crd.status.conditions, "Established"):
            if changed:
                self._published.publish(self._installed.values())
            names.establish(crd, now)
            await self._objects.update(crd)
            return changed
        if crd.metadata.deletion_timestamp is not None:
            await self._ending.sync(crd, self._installed.get(name))
        return changed

    def _others(self, crd: CustomResourceDefinition) -> list[CustomResourceDefinition]:
        group = crd.spec.group
        return [
            entry.obj()
            for entry in self._definitions.cache.ordered()
            if entry.name != crd.metadata.name and entry.name.endswith("." + group)
        ]

    async def _install(self, crd: CustomResourceDefinition, entry: Entry, held: Installed | None) -> None:
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
