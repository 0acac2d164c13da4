"""`Store` on an etcd cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from apiserver.storage.etcd import messages as m
from apiserver.storage.etcd.endpoints import Endpoints, EtcdSettings
from apiserver.storage.etcd.leases import Leases
from apiserver.storage.etcd.watching import span, watch
from apiserver.storage.store import (
    Change,
    Compacted,
    KeyExists,
    KeyValue,
    Page,
    RevisionConflict,
    StoreError,
    StoreUnavailable,
)
from minik8s.clock import Clock, SystemClock

# A key nobody writes: reading it costs a round trip and tells the revision.
_NOTHING = "\0"
_SETTLE_SECONDS = 10.0


class EtcdStore:
    """Several servers may share one etcd: all guards are checked by etcd itself. Make it with `open`."""

    def __init__(self, settings: EtcdSettings, clock: Clock | None = None) -> None:
        self.endpoints = Endpoints(settings)
        self._leases = Leases(self.endpoints, clock or SystemClock())
        self._seen = 0
        self._reading: asyncio.Task[int] | None = None
        self._next: asyncio.Task[int] | None = None

    @classmethod
    async def open(cls, settings: EtcdSettings, clock: Clock | None = None) -> EtcdStore:
        """Connect, and see that a member answers. Raises StoreError."""
        store = cls(settings, clock)
        try:
            await store.revision()
        except StoreError:
            await store.endpoints.close()
            raise
        return store

    async def revision(self) -> int:
        """See Store. Callers that come while a question is under way share the next one."""
        current = self._reading
        if current is None or current.done():
            self._reading = asyncio.ensure_future(self._read())
            return await asyncio.shield(self._reading)
        if self._next is None:
            self._next = asyncio.ensure_future(self._read_after(current))
        return await asyncio.shield(self._next)

    async def get(self, key: str) -> KeyValue | None:
        """See Store."""
        answer, _ = await self.endpoints.call("range", m.RangeRequest(key=key.encode()))
        self._note(answer)
        return _value(answer.kvs[0]) if answer.kvs else None

    async def range(self, prefix: str, *, start: str = "", limit: int = 0, revision: int = 0) -> Page:
        """See Store."""
        key, end = span(prefix)
        key = max(key, start.encode())
        request = m.RangeRequest(key=key, range_end=end, limit=limit, revision=revision)
        answer, _ = await self.endpoints.call("range", request, revision=revision)
        self._note(answer)
        return Page([_value(kv) for kv in answer.kvs], revision or answer.header.revision, answer.more)

    async def create(self, key: str, value: bytes, *, ttl: int = 0) -> int:
        """See Store."""
        after = self._seen
        lease = await self._leases.take(ttl) if ttl else 0
        put = m.RequestOp(request_put=m.PutRequest(key=key.encode(), value=value, lease=lease))
        answer, unclear = await self._guarded(key, 0, put)
        if answer.succeeded:
            return int(answer.header.revision)
        if unclear and (mine := await self._settle(key, value, after, answer, created=True)):
            return mine
        raise KeyExists(f"{key}: exists already")

    async def update(self, key: str, value: bytes, mod_revision: int, *, ttl: int = 0) -> int:
        """See Store."""
        lease = await self._leases.take(ttl) if ttl else 0
        put = m.RequestOp(request_put=m.PutRequest(key=key.encode(), value=value, lease=lease))
        return await self._changed(key, value, mod_revision, put)

    async def delete(self, key: str, mod_revision: int) -> int:
        """See Store. Of two deletes of one revision, one of them unclear, both may be told that they did it."""
        op = m.RequestOp(request_delete_range=m.DeleteRequest(key=key.encode()))
        return await self._changed(key, None, mod_revision, op)

    def watch(self, prefix: str, after: int) -> AsyncIterator[list[Change]]:
        """See Store."""
        return watch(self.endpoints, prefix, after)

    async def compact(self, revision: int) -> None:
        """See Store."""
        try:
            await self.endpoints.call("compact", m.CompactionRequest(revision=revision), revision=revision)
        except Compacted:
            return

    async def take_turn(self, key: str, turn: int, note: bytes) -> tuple[bool, int, int]:
        """Write `key` if it was written `turn` times so far: (whether that was so, times written now, revision)."""
        compare = m.Compare(result=m.EQUAL, target=m.TARGET_VERSION, key=key.encode(), version=turn)
        put = m.RequestOp(request_put=m.PutRequest(key=key.encode(), value=note))
        read = m.RequestOp(request_range=m.RangeRequest(key=key.encode()))
        answer, _ = await self.endpoints.call("txn", m.TxnRequest(compare=[compare], success=[put], failure=[read]))
        self._note(answer)
        if answer.succeeded:
            return True, turn + 1, int(answer.header.revision)
        found = answer.responses[0].response_range.kvs
        return False, int(found[0].version) if found else 0, int(answer.header.revision)

    async def close(self) -> None:
        """See Store."""
        if not self.endpoints.closed:
            await self.endpoints.close()

    async def _read(self) -> int:
        answer, _ = await self.endpoints.call("range", m.RangeRequest(key=_NOTHING.encode(), count_only=True))
        self._note(answer)
        return int(answer.header.revision)

    async def _read_after(self, current: asyncio.Task[int]) -> int:
        await asyncio.wait([current])
        self._reading, self._next = self._next, None
        return await self._read()

    def _note(self, answer: Any) -> None:
        self._seen = max(self._seen, answer.header.revision)

    async def _guarded(self, key: str, mod_revision: int, op: Any) -> tuple[Any, bool]:
        compare = m.Compare(result=m.EQUAL, target=m.TARGET_MOD, key=key.encode(), mod_revision=mod_revision)
        read = m.RequestOp(request_range=m.RangeRequest(key=key.encode()))
        # Trying again is safe: once the first attempt has been carried out, the guard refuses the second.
        answer, unclear = await self.endpoints.call(
            "txn", m.TxnRequest(compare=[compare], success=[op], failure=[read])
        )
        self._note(answer)
        return answer, unclear

    async def _changed(self, key: str, value: bytes | None, mod_revision: int, op: Any) -> int:
        if mod_revision <= 0:
            raise RevisionConflict(key, await self.get(key))
        answer, unclear = await self._guarded(key, mod_revision, op)
        if answer.succeeded:
            return int(answer.header.revision)
        if unclear and (mine := await self._settle(key, value, mod_revision, answer)):
            return mine
        found = answer.responses[0].response_range.kvs
        raise RevisionConflict(key, _value(found[0]) if found else None)

    async def _settle(self, key: str, value: bytes | None, after: int, answer: Any, *, created: bool = False) -> int:
        """Find in the key's history whether an attempt nobody heard of again has written; its revision, or 0.

        Raises StoreUnavailable when history does not tell.
        """
        found = answer.responses[0].response_range.kvs
        newest = found[0].mod_revision if found else 0
        if created and newest <= after:
            return 0
        try:
            async with asyncio.timeout(_SETTLE_SECONDS), aclosing(watch(self.endpoints, key, after)) as batches:
                async for batch in batches:
                    for change in batch:
                        if change.key != key:
                            continue
                        if change.value == value:
                            return change.revision
                        # A guard by revision is decided by the first change, one against existence by any of them.
                        if not created or change.revision >= newest:
                            return 0
        except (Compacted, TimeoutError):
            pass
        raise StoreUnavailable(f"{key}: etcd did not tell whether the write was carried out")


def _value(kv: Any) -> KeyValue:
    return KeyValue(kv.key.decode(), kv.value, kv.create_revision, kv.mod_revision)
