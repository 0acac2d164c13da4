"""Custom resources: the speed of objects with a large schema, and the cost of many definitions."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

from bench.client import each, load
from bench.context import Bench, prepare
from bench.objects import NAME, NAMESPACE, PODS, pod
from bench.targets import Target

TITLE = "Custom resources: a schema of 200 fields with five rules, and 500 definitions"

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_FIELDS = 200
_RULES = (
    "self.f000 != self.f001",
    "self.numbers.all(n, n >= 0)",
    "self.f002.size() < 60 && self.f003.matches('^[a-z]+$')",
    "!has(self.map) || self.map.all(k, k.startsWith('k'))",
    "self.count <= self.most",
)
_LATEST_SECONDS = 180.0


def definition(plural: str, kind: str, fields: int, rules: tuple[str, ...] = ()) -> dict[str, Any]:
    """A CustomResourceDefinition with defaults in every other field."""
    names = [f"f{n:03d}" for n in range(fields)]
    spec: dict[str, Any] = {
        "type": "object",
        "properties": {
            **{
                name: {"type": "string", "maxLength": 64, **({"default": "value"} if at % 2 else {})}
                for at, name in enumerate(names)
            },
            "numbers": {"type": "array", "maxItems": 20, "items": {"type": "integer"}},
            "map": {"type": "object", "maxProperties": 20, "additionalProperties": {"type": "string", "maxLength": 64}},
            "count": {"type": "integer", "minimum": 0, "default": 1},
            "most": {"type": "integer", "default": 10},
        },
        "x-kubernetes-validations": [{"rule": rule} for rule in rules],
    }
    schema = {"type": "object", "properties": {"spec": spec, "status": {"type": "object", "properties": {}}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    names_of = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.bench.example.com"},
        "spec": {"group": "bench.example.com", "scope": "Namespaced", "names": names_of, "versions": [version]},
    }


def custom(name: str) -> bytes:
    """An object of the large kind, of about 2 KB."""
    return _custom().replace(NAME.encode(), name.encode(), 1)


@cache
def _custom() -> bytes:
    spec: dict[str, Any] = {f"f{n:03d}": f"text{'abcdefghij'[n % 10]}" for n in range(0, _FIELDS, 2)}
    spec |= {"f001": "other", "f003": "letters", "numbers": [1, 2, 3], "map": {"k1": "v", "k2": "w"}}
    metadata = {"name": NAME, "labels": {"app": "bench"}}
    return json.dumps(
        {"apiVersion": "bench.example.com/v1", "kind": "Large", "metadata": metadata, "spec": spec}
    ).encode()


async def run(bench: Bench) -> None:
    """See TITLE."""
    for target in bench.targets:
        async with bench.running(target):
            await _creates(bench, target)
    for target in bench.targets:
        try:
            await _many(bench, target, 100 if bench.quick else 500)
        finally:
            target.stop()
            target.clear()


async def _creates(bench: Bench, target: Target) -> None:
    client, numbers = target.client, count()
    large = f"/apis/bench.example.com/v1/namespaces/{NAMESPACE}/larges"
    made = json.dumps(definition("larges", "Large", _FIELDS, _RULES)).encode()
    status, body = await client.ask("POST", CRDS, made)
    if status != 201:
        raise RuntimeError(f"{status} {body[:500]!r}")
    began = time.perf_counter()
    while (await client.ask("GET", large))[0] != 200:
        await asyncio.sleep(0.01)
    bench.add("from a definition to its objects served", target, f"{(time.perf_counter() - began) * 1e3:.0f} ms")
    costs = {}
    for what, path, make in (("Pods of 2 KB", PODS, pod), ("objects of 200 fields", large, custom)):

        def request(_: int, path: str = path, make: Callable[[str], bytes] = make) -> bytes:
            return client.request("POST", path, make(f"c{next(numbers):07d}"))

        await load(client, 1, 0.3, request, 201)
        before = target.cpu()
        rate, took = await load(client, 16, bench.seconds, request, 201)
        costs[what] = rate, (target.cpu() - before) / len(took) * 1e3
        bench.add(f"create {what}, 16 clients", target, f"{rate:,.0f}/s, CPU {costs[what][1]:.2f} ms")
    (plain, cheap), (rate, dear) = costs.values()
    bench.add("objects of 200 fields beside Pods", target, f"{rate / plain:.2f}, by CPU {cheap / dear:.2f}")


async def _many(bench: Bench, target: Target, many: int) -> None:
    empty = await target.start()
    idle = target.cpu()
    await prepare(target)
    await target.client.ask("GET", "/openapi/v2")
    lean = target.memory()
    bodies = [json.dumps(definition(f"kinds{n}", f"Kind{n}", 20, _RULES[:1])).encode() for n in range(many)]
    began, before = time.perf_counter(), target.cpu()
    await each(target.client, 16, many, lambda n: target.client.request("POST", CRDS, bodies[n]), 201)
    made = time.perf_counter() - began
    while len(await _served(target)) < many:
        if time.perf_counter() - began > _LATEST_SECONDS:
            break
        await asyncio.sleep(0.1)
    took = time.perf_counter() - began
    served = len(await _served(target))
    all_of = "all" if served == many else f"{served}"
    text = f"{made:.1f} s to create, {took:.1f} s until {all_of} are served, CPU {target.cpu() - before:.1f} s"
    bench.add(f"{many} definitions at once", target, text)
    await _published(bench, target)
    await _documents(bench, target, many)
    bench.add(f"memory with {many} definitions", target, f"{target.memory():.0f} MB, {lean:.0f} without")
    target.stop()
    full = await target.start()
    cost = target.cpu()
    bench.add(
        f"start with {many} definitions", target, f"{full:.2f} s (CPU {cost:.2f}), {empty:.2f} ({idle:.2f}) without"
    )
    text = f"{target.memory():.0f} MB"
    await target.client.ask("GET", "/openapi/v2")
    bench.add("memory after that start", target, f"{text}, {target.memory():.0f} with OpenAPI v2")


async def _served(target: Target) -> list[dict[str, Any]]:
    status, body = await target.client.ask("GET", "/apis/bench.example.com/v1")
    if status != 200:
        return []
    return [each for each in json.loads(body)["resources"] if "/" not in each["name"]]


async def _published(bench: Bench, target: Target) -> None:
    """How long after a definition is made discovery and OpenAPI tell of it."""
    client = target.client
    began = time.perf_counter()
    await client.ask("POST", CRDS, json.dumps(definition("lasts", "Last", 20)).encode())
    waits = {}
    for what, path in (
        ("discovery", "/apis/bench.example.com/v1"),
        ("OpenAPI v3", "/openapi/v3/apis/bench.example.com/v1"),
    ):
        while b"lasts" not in (await client.ask("GET", path))[1]:
            await asyncio.sleep(0.02)
        waits[what] = time.perf_counter() - began
    bench.add("a new one told of by", target, ", ".join(f"{what} {took:.2f} s" for what, took in waits.items()))


async def _documents(bench: Bench, target: Target, many: int) -> None:
    for what, path in (
        ("discovery of a group", "/apis/bench.example.com/v1"),
        ("OpenAPI v3 of a group", "/openapi/v3/apis/bench.example.com/v1"),
        ("OpenAPI v2", "/openapi/v2"),
    ):
        began = time.perf_counter()
        await target.client.ask("GET", path)
        first = time.perf_counter() - began
        request = target.client.request("GET", path).replace(b"Accept:", b"Accept-Encoding: gzip\r\nAccept:", 1)
        before = target.cpu()
        _, took = await load(target.client, 1, 1.0, lambda _, request=request: request, 200)  # type: ignore[misc]
        cost = (target.cpu() - before) / len(took) * 1e3
        shown = f"p50 {took[len(took) // 2] * 1e3:.1f} ms, CPU {cost:.2f} ms, the first {first:.2f} s"
        bench.add(f"{what}, {many} definitions", target, shown)
