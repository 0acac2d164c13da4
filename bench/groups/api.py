"""Creating, getting, listing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from bench.client import load
from bench.context import Bench, fill
from bench.objects import PODS, pod
from bench.targets import Target

TITLE = "API server: create, get, list"


async def run(bench: Bench) -> None:
    """See TITLE."""
    many = 2000 if bench.quick else 13_500
    for target in bench.targets:
        async with bench.running(target):
            await _create_and_get(bench, target)
        async with bench.running(target, 500):
            listing = target.client.request("GET", PODS)
            await _rate(bench, target, "list 500 Pods, 4 clients", 4, lambda _: listing)  # noqa: B023
            await fill(target, 500, many - 500, 10_000)
            before, used = target.memory(), target.cpu()
            _, took = await load(target.client, 1, 2 * bench.seconds, lambda _: listing, 200)  # noqa: B023
            cost = (target.cpu() - used) / len(took)
            bench.add(f"list {many} Pods of 10 KB", target, f"{took[len(took) // 2]:.2f} s, CPU {cost:.2f} s")
            _, body = await target.client.ask("GET", PODS)
            bench.add(
                f"memory with {many} Pods of 10 KB",
                target,
                f"{before:.0f} MB, {target.peak():.0f} at most during lists of {len(body) / 1e6:.0f} MB",
            )


async def _create_and_get(bench: Bench, target: Target) -> None:
    client, numbers = target.client, count()

    def create(_: int) -> bytes:
        return client.request("POST", PODS, pod(f"c{next(numbers):07d}"))

    for clients in (1, 16, 64):
        await _rate(bench, target, f"create a 2 KB Pod, {clients} clients", clients, create, 201)
    one = client.request("GET", f"{PODS}/c0000000")
    for clients in (1, 16):
        await _rate(bench, target, f"get a Pod, {clients} clients", clients, lambda _: one)


async def _rate(
    bench: Bench, target: Target, figure: str, clients: int, request: Callable[[int], bytes], wanted: int = 200
) -> None:
    """Answers per second, latencies, and the processor time of one answer: of the three the steadiest."""
    before = target.cpu()
    rate, took = await load(target.client, clients, bench.seconds, request, wanted)
    cost = (target.cpu() - before) / len(took) * 1e3
    p50, p99 = took[len(took) // 2] * 1e3, took[int(len(took) * 0.99)] * 1e3
    bench.add(figure, target, f"{rate:,.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms, CPU {cost:.2f} ms")
