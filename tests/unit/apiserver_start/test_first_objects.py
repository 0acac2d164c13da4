"""What a cluster has from its first moment is looked for and made all at once: on etcd each look is a round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from apiserver.auth.bootstrap.reconcile import BootstrapPolicy
from apiserver.bootstrap.objects import ensure, namespaces, priority_classes
from apiserver.fairness.upkeep import FlowControlUpkeep
from minik8s.api.objects import Object
from tests.support.memory_objects import MemoryObjects

T = TypeVar("T", bound=Object)


class Far(MemoryObjects):
    """Objects that answer a turn later; `most` is how many looks were under way together."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = self.most = self.looks = 0

    async def fetch(self, cls: type[T], name: str, namespace: str = "") -> T | None:
        self.under_way += 1
        self.looks += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return await super().fetch(cls, name, namespace)


async def _namespaces(objects: Any) -> int:
    return await ensure(objects, [*namespaces(), *priority_classes()])


async def _flows(objects: Any) -> int:
    return await FlowControlUpkeep(objects, objects).ensure()


async def _roles(objects: Any) -> int:
    return await BootstrapPolicy(objects, objects).ensure()


@pytest.mark.parametrize("first", [_namespaces, _flows, _roles])
async def test_first_objects_are_made_at_once(first: Callable[[Any], Awaitable[int]]) -> None:
    objects = Far()
    made = await first(objects)
    assert made > 1 and objects.most * 2 > made
    objects.most = objects.looks = 0
    assert await first(objects) == 0
    # Roles before bindings: two goes.
    assert objects.most * 2 >= objects.looks


async def test_a_fault_is_told() -> None:
    class Broken(Far):
        async def create(self, obj: T) -> T:
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        await _roles(Broken())
