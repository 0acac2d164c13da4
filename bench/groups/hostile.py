"""What ordinary requests notice of hostile ones: their p99 while schemas, expressions, webhooks, bodies and API servers
do their worst, beside what it was just before.
"""

from __future__ import annotations

import asyncio
import time
from itertools import count

from bench.attackers import Attackers
from bench.client import Client
from bench.context import Bench
from bench.hostile import HANG_SECONDS, attacks
from bench.objects import PODS, pod
from bench.targets import TOKEN, Target

TITLE = "Hostile input: p99 of the others"

_PODS = 200
_EVERY = 0.02
"""Seconds: ordinary requests come at a steady pace, however long answers take."""


async def run(bench: Bench) -> None:
    """See TITLE."""
    for target in bench.targets:
        async with bench.running(target, _PODS):
            attackers = await Attackers.start(target.client.url, TOKEN, target.folder)
            try:
                await asyncio.sleep(1.0)
                for name, _ in attacks():
                    await _compare(bench, target, name, attackers)
            finally:
                await attackers.stop()


async def _compare(bench: Bench, target: Target, name: str, attackers: Attackers) -> None:
    """Quiet and hostile seconds by turns, so that both see the same machine."""
    seconds = max(bench.seconds * 2, HANG_SECONDS)
    quiet: list[float] = []
    loud: list[float] = []
    made = 0
    for _ in range(1 if bench.quick else 3):
        quiet += await _ordinary(target.client, seconds)
        attacking = asyncio.create_task(attackers.attack(name, seconds))
        loud += await _ordinary(target.client, seconds)
        made += await attacking
    before, after = _p99(quiet), _p99(loud)
    text = f"p99 {before * 1e3:.1f} ms, with {made} attacks {after * 1e3:.1f} ms: {after / before:.2f} times"
    bench.add(name, target, f"{text}; slowest {max(loud) * 1e3:.0f} ms")


def _p99(latencies: list[float]) -> float:
    return sorted(latencies)[int(len(latencies) * 0.99)]


async def _ordinary(client: Client, seconds: float) -> list[float]:
    """Reads, lists and creates at a steady pace; how long each took."""
    numbers = count()
    connections = [await client.connect() for _ in range(8)]
    clock = time.perf_counter
    found: list[float] = []
    stamp = int(clock() * 1e3)

    def request(n: int) -> bytes:
        if n % 4 == 3:
            return client.request("POST", PODS, pod(f"o{stamp}-{n}"))
        if n % 4 == 2:
            return client.request("GET", f"{PODS}?limit=20")
        return client.request("GET", f"{PODS}/p{n % _PODS:06d}")

    began = clock()

    async def one(at: int) -> None:
        for n in numbers:
            due = began + n * _EVERY
            if due > began + seconds:
                return
            await asyncio.sleep(max(due - clock(), 0))
            start = clock()
            status, body = await connections[at].send(request(n))
            found.append(clock() - start)
            if status not in (200, 201):
                raise RuntimeError(f"an ordinary request: {status} {body[:300]!r}")

    try:
        await asyncio.gather(*(one(at) for at in range(len(connections))))
    finally:
        for connection in connections:
            connection.close()
    return found
