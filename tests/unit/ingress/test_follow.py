from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ingress import follow
from ingress.follow import Follower
from minik8s.api.core_v1 import Secret
from minik8s.client.informer import Informers
from minik8s.testing.fake_cluster import FakeCluster
from tests.support.ingresses import endpoints, ingress, secret, service


class World:
    def __init__(self) -> None:
        self.cluster = FakeCluster()
        for namespace in ("one", "two"):
            self.cluster.add(
                service("web", namespace),
                endpoints("web", "10.0.0.1:80", namespace=namespace),
                secret("tls", namespace),
            )
        self.informers = Informers(self.cluster)
        self.changes = 0
        self.follower = Follower(self.informers, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def lists(self) -> set[tuple[str, str]]:
        """What was asked for since the last look, and where."""
        found = {(a.resource, a.namespace) for a in self.cluster.requests("list")}
        self.cluster.actions.clear()
        return found


@pytest.fixture
async def world() -> AsyncIterator[World]:
    found = World()
    yield found
    await found.informers.stop()


async def test_only_what_ingresses_need_is_asked_for(world: World) -> None:
    await world.follower.settle([])
    assert world.lists() == set()
    plain = ingress("a", namespace="one")
    await world.follower.settle([plain])
    assert world.lists() == {("services", "one"), ("endpointslices", "one")}
    assert world.follower.service("one", "web") is not None and world.follower.service("two", "web") is None
    assert len(world.follower.slices("one", "web")) == 1 and world.follower.slices("one", "other") == []
    assert world.follower.secret("one", "tls") is None
    secured = ingress("b", namespace="two", tls={"tls": []})
    await world.follower.settle([plain, secured])
    assert world.lists() == {("services", "two"), ("endpointslices", "two"), ("secrets", "two")}
    assert world.follower.secret("two", "tls") is not None and world.follower.secret("one", "tls") is None
    await world.follower.settle([secured])
    assert world.follower.service("one", "web") is None and world.follower.service("two", "web") is not None
    assert world.lists() == set()


async def test_releases_of_helm_are_not_held(world: World) -> None:
    release = Secret(metadata=secret("release", "one").metadata, type="helm.sh/release.v1", data={"release": b"x"})
    world.cluster.add(release)
    await world.follower.settle([ingress("a", namespace="one", auth_secret="users")])
    assert world.follower.secret("one", "tls") is not None and world.follower.secret("one", "release") is None


async def test_many_namespaces_share_one_cache(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "MOST_NAMESPACES", 1)
    await world.follower.settle([ingress("a", namespace="one"), ingress("b", namespace="two")])
    assert world.lists() == {("services", ""), ("endpointslices", "")}
    assert world.follower.service("one", "web") is not None and len(world.follower.slices("two", "web")) == 1


async def test_changes_are_heard(world: World) -> None:
    await world.follower.settle([ingress("a", namespace="one")])
    before = world.changes
    world.cluster.add(service("new", "one"))
    for _ in range(100):
        await world.cluster.clock.sleep(0)
        if world.changes > before:
            break
    assert world.changes > before and world.follower.service("one", "new") is not None
