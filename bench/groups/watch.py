"""What telling watchers costs."""

from __future__ import annotations

import asyncio
import time

from bench.client import Connection
from bench.context import Bench
from bench.objects import PODS, pod
from bench.targets import Target

TITLE = "API server: watch fan-out"
_RATE = 40


async def run(bench: Bench) -> None:
    """See TITLE."""
    for target in bench.targets:
        for watchers in (100, 300):
            async with bench.running(target):
                client = target.client
                writer = await client.connect()
                changes = int(_RATE * 2 * bench.seconds)
                # What the creates cost without anybody watching is taken off.
                alone = await _create(target, writer, "a", changes)
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
                cost = await _create(target, writer, "b", changes, sent)
                for _ in range(100):
                    if seen >= changes * watchers:
                        break
                    await asyncio.sleep(0.05)
                lags.sort()
                each = (cost - alone) / max(seen, 1) * 1e6
                lag = lags[int(len(lags) * 0.99)] * 1e3 if lags else float("nan")
                missing = (
                    "" if seen >= changes * watchers else f", {changes * watchers - seen} of {seen} events missing"
                )
                bench.add(
                    f"{watchers} watchers of 2 KB Pods",
                    target,
                    f"{each:.1f} µs CPU an event, p99 {lag:.0f} ms{missing}",
                )
                for stream in streams:
                    stream.close()


async def _create(
    target: Target, writer: Connection, letter: str, changes: int, sent: dict[bytes, float] | None = None
) -> float:
    """Create Pods at a steady rate; the processor time the server used for it and for telling of it."""
    before = target.cpu()
    for n in range(changes):
        name = f"{letter}{n:05d}"
        if sent is not None:
            sent[name.encode()] = time.perf_counter()
        status, body = await writer.send(target.client.request("POST", PODS, pod(name)))
        if status != 201:
            raise RuntimeError(f"status {status}: {body[:300]!r}")
        await asyncio.sleep(1 / _RATE)
    await asyncio.sleep(0.3)
    return target.cpu() - before
