"""Compaction of a store that one server has to itself: history reaches back one to two intervals."""

from __future__ import annotations

import structlog

from apiserver.storage.store import Store, StoreClosed, StoreError
from minik8s.clock import Clock

log = structlog.get_logger("apiserver.storage")


async def compact_forever(store: Store, interval: float, clock: Clock) -> None:
    """Every `interval` seconds forget what had changed by the time before, until cancelled or the store is closed."""
    # Of history from before this server's start nothing is needed: its watch cache starts at the newest revision.
    before = await store.revision()
    while True:
        await clock.sleep(interval)
        try:
            now = await store.revision()
            await store.compact(before)
            before = now
        except StoreClosed:
            return
        except StoreError as error:
            log.warning("cannot compact, trying again later", error=str(error))
