"""Compaction of a shared etcd: of all servers, real kube-apiservers included, one does it in each interval.

They agree through one key. Who writes it for the n-th time has the n-th turn, notes the revision of this moment in
it, and compacts to the one of the turn before: history reaches back one to two intervals.
"""

from __future__ import annotations

import structlog

from apiserver.storage.etcd.store import EtcdStore
from apiserver.storage.store import StoreClosed, StoreError
from minik8s.clock import Clock

log = structlog.get_logger("apiserver.storage")

COMPACT_KEY = "compact_rev_key"


async def compact_forever(store: EtcdStore, interval: float, clock: Clock) -> None:
    """Compact every `interval` seconds until cancelled or until the store is closed."""
    turn, revision = 0, 0
    while True:
        await clock.sleep(interval)
        try:
            won, turn, now = await store.take_turn(COMPACT_KEY, turn, str(revision).encode())
            if won and revision:
                await store.compact(revision)
                log.info("compacted", revision=revision)
            revision = now
        except StoreClosed:
            return
        except StoreError as error:
            log.warning("cannot compact, trying again later", error=str(error))
