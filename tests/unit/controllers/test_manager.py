from __future__ import annotations

import asyncio
import contextlib

import pytest

from controllers.catalog import CATALOG, UnknownController, selected
from controllers.manager import Manager
from controllers.options import Options
from minik8s.api.core_v1 import Pod
from minik8s.client.errors import Forbidden
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


def names(*wanted: str) -> set[str]:
    return {entry.name for entry in selected(wanted)}


def test_controllers_are_chosen_as_kube_controller_manager_chooses() -> None:
    assert names("replicaset", "endpoints-controller") == {"replicaset-controller", "endpoints-controller"}
    everything = names("*")
    assert "deployment-controller" in everything and "token-cleaner-controller" not in everything
    assert names("*", "-deployment") == everything - {"deployment-controller"}
    assert names("*", "tokencleaner") == everything | {"token-cleaner-controller"}
    with pytest.raises(UnknownController, match='"nonsense" is not in the list of known controllers'):
        selected(("nonsense",))


def test_every_entry_can_be_built() -> None:
    assert len({entry.name for entry in CATALOG}) == len({entry.alias for entry in CATALOG}) == len(CATALOG)
    for entry in CATALOG:
        controller = entry.build(Options())
        # Without their files and networks some are off; the others call themselves as the catalog does.
        if controller is not None and entry.name != "replicationcontroller-controller":
            assert controller.name == entry.name


async def test_the_manager_runs_what_was_chosen_and_tells_when_its_caches_are_there() -> None:
    cluster = FakeCluster()
    cluster.add(build.deployment())
    manager = Manager(cluster, selected(("deployment", "replicaset", "garbagecollector")), Options())
    cluster.fail("list", "pods", lambda: Forbidden("not yet"), times=1)
    task = asyncio.create_task(manager.run())
    for _ in range(50):
        await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="caches not in sync: pods"):
        manager.synced()
    assert cluster.objects(Pod) == []
    await cluster.clock.advance(3)  # type: ignore[attr-defined]
    for _ in range(500):
        await asyncio.sleep(0)
    manager.synced()
    assert len(cluster.objects(Pod)) == 3
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
