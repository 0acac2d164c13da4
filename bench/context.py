"""What a group of figures works with: the targets, how thorough to be, and where figures go."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.client import each
from bench.objects import NAMESPACE, PODS, pod
from bench.report import Report
from bench.targets import Target


@dataclasses.dataclass(slots=True)
class Bench:
    """`targets` are compared; `quick` asks for figures within seconds rather than exact ones."""

    targets: list[Target]
    quick: bool
    report: Report
    group: str = ""

    @property
    def seconds(self) -> float:
        """How long a load lasts."""
        return 1.0 if self.quick else 3.0

    def add(self, figure: str, target: Target, text: str) -> None:
        """Report a figure of the running group."""
        self.report.add(self.group, figure, target.name, text)

    @asynccontextmanager
    async def running(self, target: Target, pods: int = 0, size: int = 2048) -> AsyncIterator[Target]:
        """The target, newly started and with some Pods in it; stopped and emptied behind."""
        try:
            await target.start()
            await prepare(target)
            if pods:
                await fill(target, 0, pods, size)
            yield target
        finally:
            target.stop()
            target.clear()


async def prepare(target: Target) -> None:
    """Make the namespace and the service account the Pods are to have."""
    for path, name in (
        ("/api/v1/namespaces", NAMESPACE),
        (f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts", "default"),
    ):
        status, body = await target.client.ask("POST", path, json.dumps({"metadata": {"name": name}}).encode())
        if status not in (201, 409):
            raise RuntimeError(f"{path}: {status} {body[:300]!r}")


async def fill(target: Target, first: int, count: int, size: int = 2048) -> None:
    """Create Pods `p<first>` and following."""
    client = target.client
    await each(client, 16, count, lambda n: client.request("POST", PODS, pod(f"p{first + n:06d}", size)), 201)
