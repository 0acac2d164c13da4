"""Whether a request costs more when there are more objects, or more watchers of other things."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from bench.client import Connection, load
from bench.context import Bench, fill
from bench.objects import PODS, pod
from bench.targets import Target

TITLE = "API server: the same request among more and more objects, and watchers of others"


async def run(bench: Bench) -> None:
    """See TITLE."""
    await _among_objects(bench)
    await _among_watchers(bench)


async def _among_objects(bench: Bench) -> None:
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


async def _among_watchers(bench: Bench) -> None:
    """Watchers of one Pod each, of a node's Pods each, and of another namespace's: as kubelets and clients watch."""
    steps = (0, 300) if bench.quick else (0, 300, 1500)
    for target in bench.targets:
        async with bench.running(target, 100):
            client, numbers = target.client, count()
            one = client.request("GET", f"{PODS}/p000050")
            watching: list[Connection] = []

            def create(_: int) -> bytes:
                return client.request("POST", PODS, pod(f"w{next(numbers):07d}", 1024))  # noqa: B023

            for watchers in steps:
                while len(watching) < watchers:
                    number = len(watching)
                    path = (
                        f"{PODS}?watch=1&fieldSelector=metadata.name%3Dother{number}",
                        f"/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dnode{number}",
                        f"/api/v1/namespaces/other{number}/pods?watch=1",
                    )[number % 3]
                    stream = await client.connect()
                    stream.stream = lambda data: None
                    await stream.send(client.request("GET", f"{path}&resourceVersion=0"))
                    watching.append(stream)
                before, made = target.cpu(), next(numbers)
                created = await _p50(bench, target, create, 201)
                cost = (target.cpu() - before) / (next(numbers) - made - 1) * 1e3
                got = await _p50(bench, target, lambda _: one, 200)  # noqa: B023
                bench.add(
                    f"{watchers} watchers of others", target, f"create {created:.2f}, CPU {cost:.2f}, get {got:.2f} ms"
                )
            for stream in watching:
                stream.close()


async def _p50(bench: Bench, target: Target, request: Callable[[int], bytes], wanted: int) -> float:
    _, took = await load(target.client, 1, bench.seconds / 2, request, wanted)
    return took[len(took) // 2] * 1e3
