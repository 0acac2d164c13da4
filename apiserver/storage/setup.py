"""From flags to a store: the back end, what lies on top of it, and the compaction beside it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from apiserver.storage.expiring import ExpiringStore
from apiserver.storage.keys import DEFAULT_ROOT, resource_prefix
from apiserver.storage.layer import Layer
from apiserver.storage.store import Store, StoreError
from minik8s.clock import Clock, SystemClock

if TYPE_CHECKING:
    from apiserver.storage.etcd.endpoints import EtcdSettings


@dataclasses.dataclass(frozen=True, slots=True)
class StorageSettings:
    """The flags that concern storage: either `sqlite_path` or `etcd` is given. Durations are in seconds."""

    sqlite_path: str = ""
    etcd: EtcdSettings | None = None
    prefix: str = DEFAULT_ROOT
    compaction_interval: float = 300.0
    event_ttl: float = 3600.0
    encryption_config: str = ""
    encryption_reload: bool = False

    @property
    def root(self) -> str:
        """The prefix of all keys, with a slash before and none behind it."""
        return "/" + self.prefix.strip("/")


class _Maintained(Layer):
    """A store with a task beside it that ends when the store is closed."""

    def __init__(self, inner: Store, work: Coroutine[Any, Any, None]) -> None:
        super().__init__(inner)
        self._task = asyncio.create_task(work)

    async def close(self) -> None:
        """See Store."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self.inner.close()


async def open_store(settings: StorageSettings, clock: Clock | None = None) -> Store:
    """The store that the flags describe. Raises StoreError."""
    clock = clock or SystemClock()
    store: Store
    work: Coroutine[Any, Any, None]
    if settings.etcd is not None:
        from apiserver.storage.etcd import compactor as shared
        from apiserver.storage.etcd.store import EtcdStore

        etcd = await EtcdStore.open(settings.etcd, clock)
        store, work = etcd, shared.compact_forever(etcd, settings.compaction_interval, clock)
    elif settings.sqlite_path:
        from apiserver.storage import compactor
        from apiserver.storage.sqlite import SQLiteStore

        store = await SQLiteStore.open(settings.sqlite_path, clock)
        work = compactor.compact_forever(store, settings.compaction_interval, clock)
    else:
        raise StoreError("one of --etcd-servers and --sqlite-path must be given")
    if settings.compaction_interval > 0:
        store = _Maintained(store, work)
    else:
        work.close()
    if settings.event_ttl > 0:
        store = ExpiringStore(store, resource_prefix(settings.root, "", "events"), int(settings.event_ttl))
    if settings.encryption_config:
        from apiserver.storage.encryption.store import EncryptedStore

        try:
            store = await EncryptedStore.open(
                store, settings.encryption_config, settings.root, clock, reload=settings.encryption_reload
            )
        except StoreError:
            await store.close()
            raise
    return store
