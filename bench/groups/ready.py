"""How soon a server with many objects is ready, and what it holds then."""

from __future__ import annotations

from bench.context import Bench, fill, prepare

TITLE = "API server: start with objects in the store"


async def run(bench: Bench) -> None:
    """See TITLE."""
    objects = 2000 if bench.quick else 10_000
    for target in bench.targets:
        try:
            await target.start()
            bench.add("idle memory", target, f"{target.memory():.0f} MB")
            await prepare(target)
            await fill(target, 0, objects)
            target.stop()
            took = await target.start()
            bench.add(f"ready with {objects} objects", target, f"{took:.2f} s")
            bench.add(f"memory with {objects} objects", target, f"{target.memory():.0f} MB")
        finally:
            target.stop()
            target.clear()
