"""Pods that use more disk than they may: their output, what they wrote outside of volumes, their emptyDirs."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from kubelet.eviction import Eviction
from kubelet.housekeeping import Housekeeping
from kubelet.runtime.docker_records import details_of
from kubelet.volumes.types import Mounted
from tests.unit.kubelet.world import World, pod_of

MI = 1 << 20


def limited(name: str, limit: str = "", **more: Any) -> dict[str, Any]:
    resources = {"limits": {"ephemeral-storage": limit}} if limit else {}
    return {"name": name, "image": "img:1", "resources": resources, **more}


def eviction(world: World) -> Eviction:
    kubelet = world.kubelet
    assert kubelet is not None
    keeper = Housekeeping(kubelet.context, kubelet.workers, kubelet.references, lambda: True, "/")
    return Eviction(kubelet.context, kubelet.workers, keeper, [], lambda: {}, lambda pressed: None)


def write(world: World, container: str, folder: Path, size: int) -> None:
    """What Docker keeps of the container holds a file of that many bytes."""
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(b"x" * size)
    found = world.runtime.find(container)
    world.runtime.containers[found.id] = dataclasses.replace(found, writable=str(folder))
    assert world.kubelet is not None
    for worker in world.kubelet.workers:
        worker.state.observed.put(world.runtime.containers[found.id])


async def test_what_a_container_wrote_outside_of_volumes_counts(world: World, tmp_path: Path) -> None:
    await world.run(pod_of(containers=[limited("c", "5Mi")]))
    write(world, "c", tmp_path / "upper", 4 * MI)
    await eviction(world)._local_storage()
    await world.settle()
    assert world.pod().status.phase == "Running"
    write(world, "c", tmp_path / "upper", 6 * MI)
    await eviction(world)._local_storage()
    await world.until(lambda: world.pod().status.phase == "Failed")
    assert world.pod().status.reason == "Evicted"
    assert world.pod().status.message == (
        "Pod ephemeral local storage usage exceeds the total limit of containers 5Mi. "
    )


async def test_a_container_is_held_to_its_own_limit(world: World, tmp_path: Path) -> None:
    await world.run(pod_of(containers=[limited("c", "5Mi"), limited("d", "50Mi")]))
    write(world, "c", tmp_path / "upper", 6 * MI)
    await eviction(world)._local_storage()
    await world.until(lambda: world.pod().status.phase == "Failed")
    assert world.pod().status.message == 'Container c exceeded its local ephemeral storage limit "5Mi". '


@pytest.mark.parametrize("medium", ["", "Memory"])
async def test_an_empty_dir_counts_unless_it_is_kept_in_memory(world: World, tmp_path: Path, medium: str) -> None:
    volume = {"name": "v", "emptyDir": {"medium": medium}}
    await world.run(pod_of(containers=[limited("c", "5Mi")], volumes=[volume]))
    (tmp_path / "v").mkdir()
    (tmp_path / "v" / "file").write_bytes(b"x" * 6 * MI)
    assert world.kubelet is not None
    for worker in world.kubelet.workers:
        worker.state.volumes = {"v": Mounted(tmp_path / "v")}
    await eviction(world)._local_storage()
    if medium:
        await world.settle()
        assert world.pod().status.phase == "Running"
    else:
        await world.until(lambda: world.pod().status.phase == "Failed")


async def test_a_critical_pod_stays(world: World, tmp_path: Path) -> None:
    await world.run(pod_of(priority=2_000_000_000, containers=[limited("c", "5Mi")]))
    write(world, "c", tmp_path / "upper", 6 * MI)
    await eviction(world)._local_storage()
    await world.settle()
    assert world.pod().status.phase == "Running"


def test_docker_tells_where_a_container_writes() -> None:
    found = {"Id": "a", "State": {"Running": True}, "Config": {}, "GraphDriver": {"Data": {"UpperDir": "/var/upper"}}}
    assert details_of(found).writable == "/var/upper"
    assert details_of({**found, "GraphDriver": {"Data": None}}).writable == ""
