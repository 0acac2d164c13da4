"""Objects that are let in while their definition ends go with it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from apiserver.crd.ending import Ending
from apiserver.crd.outline import Outline
from apiserver.registry.apiextensions.custom_resource_definitions import FINALIZER
from minik8s.api.object_meta import ObjectMeta
from minik8s.testing.fake_clock import FakeClock


class _Cache:
    prefix = "/x.io/foos/"

    def __init__(self) -> None:
        self.entries: list[Any] = []

    def __len__(self) -> int:
        return len(self.entries)

    def ordered(self) -> list[Any]:
        return self.entries


class _Cacher:
    """Its cache learns of what is in the store when somebody waits for it."""

    def __init__(self, cache: _Cache) -> None:
        self.clock = FakeClock()
        self.store = self
        self.cache = cache
        self.stored = ["a"]

    async def fresh(self) -> None:
        self.cache.entries = [SimpleNamespace(namespace="", name=name, wire=b"", revision=7) for name in self.stored]

    async def delete(self, key: str, revision: int) -> None:
        self.stored.remove(key.removeprefix(self.cache.prefix))


class _Definitions:
    def __init__(self) -> None:
        self.gone = False

    def get(self, namespace: str, name: str) -> None:
        return None

    async def update(self, crd: Outline, before: Any) -> None:
        assert not self.gone

    async def delete(self, crd: Outline) -> None:
        self.gone = True


async def test_what_the_cache_does_not_know_yet_goes_before_the_definition() -> None:
    cache, definitions = _Cache(), _Definitions()
    cacher: Any = _Cacher(cache)
    ending = Ending(cacher, definitions, definitions)  # type: ignore[arg-type]
    kind = SimpleNamespace(decode=lambda wire: SimpleNamespace(metadata=ObjectMeta()))
    held: Any = SimpleNamespace(cache=cache, stored=kind)
    crd = Outline(metadata=ObjectMeta(name="foos.x.io", finalizers=[FINALIZER]))
    entry: Any = None
    await ending.sync(crd, entry, held)
    assert (cacher.stored, definitions.gone) == ([], False)
    await ending.sync(crd, entry, held)
    assert definitions.gone
