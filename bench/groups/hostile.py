"""What ordinary requests notice of hostile ones: their p99 while schemas, expressions, webhooks, bodies and API servers
do their worst, beside what it was just before.
"""

from __future__ import annotations

import asyncio
import json
import time
from itertools import count

from bench.client import Client
from bench.context import Bench
from bench.hostile import HANG_SECONDS, Attack, Villains, attacks
from bench.objects import PODS, pod
from bench.targets import Target

TITLE = "Hostile input: p99 of the others"

_PODS = 200
_EVERY = 0.02
_REST = 0.2
"""Seconds: ordinary requests come at a steady pace, however long answers take; attackers rest after each attack."""


async def run(bench: Bench) -> None:
    """See TITLE."""
    for target in bench.targets:
        async with bench.running(target, _PODS):
            villains = Villains(target.folder)
            await villains.start()
            try:
                await _prepare(target, villains)
                for name, group in attacks():
                    await _compare(bench, target, name, group)
            finally:
                villains.stop()


async def _prepare(target: Target, villains: Villains) -> None:
    for path, obj in villains.objects():
        status, body = await target.client.ask("POST", path, json.dumps(obj).encode())
        if status != 201:
            raise RuntimeError(f"{path}: {status} {body[:500]!r}")
    await asyncio.sleep(1.0)


async def _compare(bench: Bench, target: Target, name: str, group: list[Attack]) -> None:
    """Quiet and hostile seconds by turns, so that both see the same machine."""
    seconds = max(bench.seconds * 2, HANG_SECONDS)
    quiet: list[float] = []
    loud: list[float] = []
    made = 0
    for _ in range(1 if bench.quick else 3):
        quiet += await _ordinary(target.client, seconds)
        attacking = asyncio.create_task(_attack(target.client, group, seconds))
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


async def _attack(client: Client, group: list[Attack], seconds: float) -> int:
    """A client per attack, which repeats it after a rest; how often they attacked in all."""
    end = time.perf_counter() + seconds
    made = 0

    async def one(attack: Attack) -> None:
        nonlocal made
        request = client.request(attack.method, attack.path, attack.body)
        request = request.replace(b"Content-Type: application/json", b"Content-Type: " + attack.media, 1)
        connection = await client.connect()
        while time.perf_counter() < end:
            if connection.ended:
                connection = await client.connect()
            try:
                async with asyncio.timeout(max(end - time.perf_counter(), 0.05)):
                    await connection.send(request)
            except (ConnectionError, TimeoutError):
                connection.close()
                connection.ended = True
            made += 1
            await asyncio.sleep(_REST)
        connection.close()

    await asyncio.gather(*(one(attack) for attack in group))
    return made
