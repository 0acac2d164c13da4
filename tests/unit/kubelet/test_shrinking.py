"""Memory limits that are lowered in place, or not because more is in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubelet.cgroups import Cgroups
from kubelet.pods import shrinking
from minik8s.api.core_v1 import Pod, PodCondition
from tests.unit.kubelet.world import World, pod_of


class _Used(Cgroups):
    """Cgroups in which the Pod and its container use `used` bytes; the Pod's has the limit it was given."""

    def __init__(self, used: int) -> None:
        super().__init__()
        self.used = used
        self.limit = 0

    def prepare(self, pod: Pod, pids: int = -1, raise_only: bool = False) -> None:
        if not raise_only:
            self.limit = int(pod.spec.containers[0].resources.limits["memory"])

    def memory_at(self, place: str) -> int:
        return self.used

    def memory_limit_at(self, place: str) -> int:
        return self.limit

    def remove(self, place: str) -> None:
        pass


def resize(world: World, memory: int) -> None:
    def change(pod: Pod) -> None:
        pod.spec.containers[0].resources.limits["memory"] = str(memory)
        pod.metadata.generation += 1

    world.cluster.modify(Pod, "a", change)


def under_way(world: World) -> PodCondition | None:
    return next((c for c in world.pod("a").status.conditions if c.type == "PodResizeInProgress"), None)


async def start(world: World, used: int, monkeypatch: pytest.MonkeyPatch) -> _Used:
    monkeypatch.setattr(shrinking, "path_of", lambda pid: f"/kubepods/pod-a/{pid}")
    assert world.kubelet is not None
    world.kubelet.context.cgroups = cgroups = _Used(used)
    resources = {"limits": {"memory": "3000"}, "requests": {"memory": "1000"}}
    await world.run(pod_of("a", containers=[{"name": "c", "image": "img:1", "resources": resources}]))
    return cgroups


async def test_a_limit_below_what_is_in_use_is_not_set(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cgroups = await start(world, 2000, monkeypatch)
    resize(world, 2000)
    await world.until(lambda: under_way(world))
    found = under_way(world)
    assert found is not None and (found.status, found.reason, found.observed_generation) == ("True", "Error", 2)
    assert found.message == (
        "cannot decrease memory limits: [attempting to set pod memory limit (2000) below current usage (2000), "
        'attempting to set container "c" memory limit (2000) below current usage (2000)]'
    )
    shown = world.status("a").resources
    assert shown is not None and shown.limits["memory"] == "3000"
    assert world.calls("update_resources") == [] and cgroups.limit == 3000
    cgroups.used = 1999
    await world.advance(11.0)
    await world.until(lambda: under_way(world) is None)
    assert len(world.calls("update_resources")) == 1 and cgroups.limit == 2000
    assert [reason for reason in world.reasons() if reason == "ResizeError"] == ["ResizeError"]


async def test_what_grows_and_what_is_taken_back_is_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await start(world, 2500, monkeypatch)
    resize(world, 4000)
    await world.until(lambda: len(world.calls("update_resources")) == 1)
    resize(world, 1000)
    await world.until(lambda: under_way(world))
    resize(world, 4000)
    await world.until(lambda: under_way(world) is None)
    assert len(world.calls("update_resources")) == 1


@pytest.mark.parametrize("unified", [False, True])
def test_what_a_cgroup_says_of_memory(tmp_path: Path, unified: bool) -> None:
    place = tmp_path / ("" if unified else "memory") / "pod"
    place.mkdir(parents=True)
    used, limit, none = (
        ("memory.current", "memory.max", "max")
        if unified
        else ("memory.usage_in_bytes", "memory.limit_in_bytes", str((1 << 63) - 4096))
    )
    if unified:
        (tmp_path / "cgroup.controllers").touch()
    cgroups = Cgroups(mount=tmp_path)
    assert (cgroups.memory_at("/pod"), cgroups.memory_limit_at("/pod")) == (0, 0)
    (place / used).write_text("123\n")
    (place / limit).write_text(f"{none}\n")
    assert (cgroups.memory_at("/pod"), cgroups.memory_limit_at("/pod")) == (123, 0)
    (place / limit).write_text("4096\n")
    assert cgroups.memory_limit_at("/pod") == 4096
