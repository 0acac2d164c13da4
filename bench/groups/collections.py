"""Deleting a collection."""

from __future__ import annotations

import json
import time

from bench.client import each
from bench.context import Bench
from bench.objects import NAMESPACE, PODS
from bench.targets import Target

TITLE = "API server: deletecollection"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"


async def run(bench: Bench) -> None:
    """See TITLE."""
    many = 200 if bench.quick else 1000
    for target in bench.targets:
        async with bench.running(target, many):
            client = target.client

            def config_map(number: int) -> bytes:
                body = {"metadata": {"name": f"m{number:06d}"}, "data": {"key": "x" * 1000}}
                return client.request("POST", MAPS, json.dumps(body).encode())  # noqa: B023

            await each(client, 16, many, config_map, 201)
            await _delete(bench, target, f"delete {many} ConfigMaps", MAPS, many)
            await _delete(bench, target, f"delete {many} Pods", f"{PODS}?gracePeriodSeconds=0", many)


async def _delete(bench: Bench, target: Target, figure: str, path: str, many: int) -> None:
    before = target.cpu()
    began = time.perf_counter()
    status, body = await target.client.ask("DELETE", path)
    took = time.perf_counter() - began
    found = len(json.loads(body)["items"]) if status == 200 else 0
    if found != many:
        raise RuntimeError(f"status {status}, {found} of {many} deleted: {body[:300]!r}")
    cpu = target.cpu() - before
    bench.add(figure, target, f"{took:.2f} s, CPU {cpu / many * 1e3:.2f} ms each")
