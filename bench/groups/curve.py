"""Whether a request costs more when there are more objects."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from bench.client import load
from bench.context import Bench, fill
from bench.objects import PODS, pod
from bench.targets import Target

TITLE = "API server: the same request among more and more objects"


async def run(bench: Bench) -> None:
    """See TITLE."""
    steps = (100, 1000, 4000) if bench.quick else (100, 1000, 10_000, 50_000)
    for target in bench.targets:
        async with bench.running(target):
            client, numbers, there = target.client, count(), 0
            for objects in steps:
                await fill(target, there, objects - there, 1024)
                there = objects
                one = client.request("GET", f"{PODS}/p000050")
                page = client.request("GET", f"{PODS}?limit=100")

                def create(_: int) -> bytes:
                    # In the middle of all names, not behind them.
                    return client.request("POST", PODS, pod(f"p000050-{next(numbers)}", 1024))  # noqa: B023

                created = await _p50(bench, target, create, 201)
                got = await _p50(bench, target, lambda _: one, 200)  # noqa: B023
                listed = await _p50(bench, target, lambda _: page, 200)  # noqa: B023
                bench.add(
                    f"{objects} objects", target, f"create {created:.2f}, get {got:.2f}, page of 100 {listed:.2f} ms"
                )


async def _p50(bench: Bench, target: Target, request: Callable[[int], bytes], wanted: int) -> float:
    _, took = await load(target.client, 1, bench.seconds / 2, request, wanted)
    return took[len(took) // 2] * 1e3
