"""The cgroup of a Pod: its limits, and in which order they move when the Pod is resized."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubelet.cgroups import Cgroups
from minik8s.api.core_v1 import Pod
from tests.unit.kubelet.world import World, pod_of


def _sized(cpu: str, memory: str, **more: Any) -> Pod:
    limits = {"cpu": cpu, "memory": memory}
    resources = {"limits": limits, "requests": dict(limits)}
    return pod_of("a", containers=[{"name": "c", "image": "img:1", "resources": resources, **more}])


@pytest.mark.parametrize("unified", [False, True])
def test_limits_are_raised_first_and_lowered_last(tmp_path: Path, unified: bool) -> None:
    if unified:
        (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    cgroups = Cgroups(mount=tmp_path)

    def held() -> tuple[str, str]:
        place = cgroups.parent_of(_sized("1", "1Mi")).lstrip("/")
        if unified:
            return (tmp_path / place / "cpu.max").read_text(), (tmp_path / place / "memory.max").read_text()
        quota = (tmp_path / "cpu" / place / "cpu.cfs_quota_us").read_text()
        return f"{quota} 100000", (tmp_path / "memory" / place / "memory.limit_in_bytes").read_text()

    cgroups.prepare(_sized("20m", "8Mi"))
    assert held() == ("2000 100000", str(8 << 20))
    cgroups.prepare(_sized("35m", "4Mi"), raise_only=True)
    assert held() == ("3500 100000", str(8 << 20))
    cgroups.prepare(_sized("35m", "4Mi"))
    assert held() == ("3500 100000", str(4 << 20))


class _Recorder(Cgroups):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.seen: list[tuple[str, bool, int]] = []

    def prepare(self, pod: Pod, pids: int = -1, raise_only: bool = False) -> None:
        started = self._world.calls("start_container") + self._world.calls("update_resources")
        self.seen.append((pod.spec.containers[0].resources.limits.get("cpu", ""), raise_only, len(started)))

    def remove(self, place: str) -> None:
        pass


@pytest.mark.parametrize("policy", ["NotRequired", "RestartContainer"])
async def test_a_resize_moves_the_limits_of_the_pod_before_and_after_its_container(world: World, policy: str) -> None:
    assert world.kubelet is not None
    seen = _Recorder(world)
    world.kubelet.context.cgroups = seen
    await world.run(_sized("20m", "8Mi", resizePolicy=[{"resourceName": "cpu", "restartPolicy": policy}]))

    def change(pod: Pod) -> None:
        pod.spec.containers[0].resources.limits["cpu"] = "35m"
        pod.metadata.generation += 1

    world.cluster.modify(Pod, "a", change)
    await world.until(lambda: len(seen.seen) > 1 and not seen.seen[-1][1])
    assert [s for s in seen.seen[1:] if s[1]][0] == ("35m", True, 1)
    assert seen.seen[-1][:2] == ("35m", False)
    if policy == "NotRequired":
        assert seen.seen[-1][2] == 2, "the container has its new limits before its Pod is held to them"
    await world.until(lambda: "ResizeCompleted" in world.reasons())
