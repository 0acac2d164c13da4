"""What telling watchers costs."""

from __future__ import annotations

import asyncio
import time

from bench.client import Connection
from bench.context import Bench
from bench.objects import PODS, pod
from bench.targets import Target

TITLE = "API server: watch fan-out"
# Changes a second, and connections that make them: enough to keep the pace where one takes long.
_RATE = 40
_WRITERS = 16


async def run(bench: Bench) -> None:
    """See TITLE."""
    for target in bench.targets:
        for watchers in (100, 300):
            async with bench.running(target):
                client = target.client
                writers = [await client.connect() for _ in range(_WRITERS)]
                changes = int(_RATE * 2 * bench.seconds)
                # The first ones cost more than any later. What creates cost without anybody watching is taken off.
                await _create(target, writers, "w", _RATE)
                before = target.cpu()
                await _create(target, writers, "a", changes)
                await asyncio.sleep(0.3)
                alone = target.cpu() - before
                sent: dict[bytes, float] = {}
                lags: list[float] = []
                seen = 0
                streams: list[Connection] = []

                def take(data: bytes, sent: dict[bytes, float] = sent, lags: list[float] = lags) -> None:
                    nonlocal seen
                    at = data.find(b'"name":"b')
                    while at >= 0:
                        seen += 1
                        if (start := sent.get(data[at + 8 : at + 14])) is not None:
                            lags.append(time.perf_counter() - start)
                        at = data.find(b'"name":"b', at + 20)

                for _ in range(watchers):
                    stream = await client.connect()
                    stream.stream = take
                    await stream.send(client.request("GET", f"{PODS}?watch=1&resourceVersion=0"))
                    streams.append(stream)
                await asyncio.sleep(0.5)
                seen = 0
                lags.clear()
                before = target.cpu()
                await _create(target, writers, "b", changes, sent)
                for _ in range(100):
                    if seen >= changes * watchers:
                        break
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.3)
                lags.sort()
                each = (target.cpu() - before - alone) / max(seen, 1) * 1e6
                half, lag = (lags[int(len(lags) * part)] * 1e3 if lags else float("nan") for part in (0.5, 0.99))
                missing = (
                    "" if seen >= changes * watchers else f", {changes * watchers - seen} of {seen} events missing"
                )
                bench.add(
                    f"{watchers} watchers of 2 KB Pods",
                    target,
                    f"{each:.1f} µs CPU an event, p50 {half:.0f} ms, p99 {lag:.0f} ms{missing}",
                )
                for connection in (*streams, *writers):
                    connection.close()


async def _create(
    target: Target, writers: list[Connection], letter: str, changes: int, sent: dict[bytes, float] | None = None
) -> None:
    """Create Pods at a steady rate, however long each takes."""
    began = time.perf_counter()
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for writer in writers:
        idle.put_nowait(writer)

    async def create(writer: Connection, name: str) -> None:
        if sent is not None:
            sent[name.encode()] = time.perf_counter()
        status, body = await writer.send(target.client.request("POST", PODS, pod(name)))
        if status != 201:
            raise RuntimeError(f"status {status}: {body[:300]!r}")
        idle.put_nowait(writer)

    async with asyncio.TaskGroup() as group:
        for n in range(changes):
            await asyncio.sleep(began + n / _RATE - time.perf_counter())
            group.create_task(create(await idle.get(), f"{letter}{n:05d}"))
