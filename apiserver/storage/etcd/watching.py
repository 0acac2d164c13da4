"""A watch on etcd that outlives the member it runs on: resumed elsewhere, at the revision behind the last one seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import grpc
import grpc.aio

from apiserver.storage.etcd import messages as m
from apiserver.storage.etcd.endpoints import Endpoints, Stream
from apiserver.storage.store import Change, Compacted, FutureRevision, StoreClosed, StoreUnavailable

_PAUSE = 0.05
# After so many failures with nothing between them, about three seconds, the caller is told.
_FAILURES = 10


def span(prefix: str) -> tuple[bytes, bytes]:
    """First key and end of all keys below a prefix, as etcd wants them."""
    key = prefix.encode()
    if not key:
        return b"\0", b"\0"
    return key, key[:-1] + bytes([key[-1] + 1])


async def watch(endpoints: Endpoints, prefix: str, after: int) -> AsyncGenerator[list[Change]]:
    """See Store.watch. Raises StoreUnavailable when no member keeps a watch up."""
    last, failures = after, 0
    while not endpoints.closed:
        try:
            stream = endpoints.stream()
        except StoreClosed:
            return
        why = "the member ended the watch"
        try:
            await stream.open(_request(prefix, last))
            async for batch in _batches(endpoints, stream, last):
                failures = 0
                last = batch[-1].revision
                yield batch
        except StoreClosed:
            return
        except grpc.aio.AioRpcError as error:
            why = error.details() or error.code().name
        except asyncio.InvalidStateError as error:
            # Writing to a stream that has ended meanwhile.
            why = str(error)
        finally:
            endpoints.leave(stream)
        if endpoints.closed:
            return
        if not stream.moved:
            failures += 1
            if failures > _FAILURES:
                raise StoreUnavailable(f"etcd at {stream.member.url} keeps no watch: {why}")
            endpoints.failed(stream.member, why)
            await asyncio.sleep(_PAUSE * failures)


def _request(prefix: str, last: int) -> Any:
    key, end = span(prefix)
    create = m.WatchCreate(key=key, range_end=end, start_revision=last + 1)
    return m.WatchRequest(create_request=create)


async def _batches(endpoints: Endpoints, stream: Stream, last: int) -> AsyncGenerator[list[Change]]:
    checked = False
    while (answer := await stream.read()) is not None:
        if answer.canceled:
            if answer.compact_revision:
                raise Compacted(answer.compact_revision)
            return
        if not checked:
            # etcd begins a watch right at the compacted revision although deletes there are forgotten.
            await _check(endpoints, last)
            checked = True
        if answer.events:
            yield [_change(event) for event in answer.events]


async def _check(endpoints: Endpoints, last: int) -> None:
    try:
        await endpoints.call("range", m.RangeRequest(key=b"\0", revision=max(last, 1), count_only=True), revision=last)
    except FutureRevision:
        pass


def _change(event: Any) -> Change:
    kv = event.kv
    if event.type == m.DELETE:
        return Change(kv.key.decode(), None, 0, kv.mod_revision)
    return Change(kv.key.decode(), kv.value, kv.create_revision, kv.mod_revision)
