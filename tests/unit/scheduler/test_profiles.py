from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from minik8s.api.core_v1 import Pod
from minik8s.daemon.run import Fatal
from minik8s.testing.fake_cluster import FakeCluster
from scheduler import registry
from scheduler.config import Configuration
from scheduler.handle import Handle
from scheduler.plugin import Code, Rejection, State, Status
from scheduler.pods.info import PodInfo
from scheduler.profile import Profile
from scheduler.scheduler import Scheduler
from scheduler.state.cluster import Cluster
from scheduler.whatif import WhatIf

from .make import node, pod


def configured(**profile: Any) -> Configuration:
    return Configuration.model_validate({"profiles": [{"schedulerName": "default-scheduler", **profile}]})


def profile_of(**profile: Any) -> Profile:
    return Profile("p", Handle(cluster=Cluster()), configured(**profile).choices()[0])


def names(profile: Profile, point: str) -> list[str]:
    return [plugin.name for plugin, _ in profile.points[point]]


def test_the_default_profile_is_kube_schedulers() -> None:
    found = profile_of()
    assert names(found, "filter") == [
        "NodeUnschedulable",
        "NodeName",
        "TaintToleration",
        "NodeAffinity",
        "NodePorts",
        "NodeResourcesFit",
        "VolumeRestrictions",
        "NodeVolumeLimits",
        "VolumeBinding",
        "VolumeZone",
        "PodTopologySpread",
        "InterPodAffinity",
        "DynamicResources",
    ]
    assert found.weights == {
        "TaintToleration": 3,
        "NodeAffinity": 2,
        "NodeResourcesFit": 1,
        "PodTopologySpread": 2,
        "InterPodAffinity": 2,
        "NodeResourcesBalancedAllocation": 1,
        "ImageLocality": 1,
    }


def test_plugins_are_switched_and_weighed_by_point_and_everywhere() -> None:
    found = profile_of(
        plugins={
            "multiPoint": {"disabled": [{"name": "ImageLocality"}], "enabled": [{"name": "NodeAffinity", "weight": 7}]},
            "score": {
                "disabled": [{"name": "TaintToleration"}],
                "enabled": [{"name": "InterPodAffinity", "weight": 5}],
            },
            "filter": {"disabled": [{"name": "*"}], "enabled": [{"name": "NodeName"}]},
        }
    )
    assert "ImageLocality" not in found.plugins
    assert names(found, "filter") == ["NodeName"]
    assert found.weights["NodeAffinity"] == 7
    assert found.weights["InterPodAffinity"] == 5
    assert "TaintToleration" not in found.weights


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        ({"plugins": {"filter": {"enabled": [{"name": "Nope"}]}}}, 'plugin "Nope" does not exist'),
        ({"plugins": {"bind": {"enabled": [{"name": "NodeName"}]}}}, 'plugin "NodeName" does not extend bind plugin'),
        ({"plugins": {"bind": {"disabled": [{"name": "*"}]}}}, "at least one bind plugin is needed"),
        (
            {"pluginConfig": [{"name": "NodeResourcesFit", "args": {"scoringStrategy": {"type": "Best"}}}]},
            "unsupported value 'Best'",
        ),
        (
            {"pluginConfig": [{"name": "InterPodAffinity", "args": {"hardPodAffinityWeight": 101}}]},
            "hardPodAffinityWeight: 101 must be 0 to 100",
        ),
    ],
)
async def test_a_profile_that_cannot_work_says_why(profile: dict[str, Any], message: str) -> None:
    with pytest.raises(Fatal, match="the configuration cannot be used") as caught:
        Scheduler(FakeCluster(), configured(**profile))
    assert message in str(caught.value)


def test_most_allocated_fills_nodes_up() -> None:
    strategy = {"scoringStrategy": {"type": "MostAllocated"}}
    config = configured(pluginConfig=[{"name": "NodeResourcesFit", "args": strategy}])
    there = [pod("a", cpu="2", memory="4Gi", on="n2")]
    choice = config.choices()[0]
    assert WhatIf([node("n1"), node("n2")], there, choice=choice).place(pod("p")).node == "n2"
    assert WhatIf([node("n1"), node("n2")], there).place(pod("p")).node == "n1"


def test_a_shape_maps_utilization_to_scores() -> None:
    shape = [{"utilization": 0, "score": 0}, {"utilization": 50, "score": 10}, {"utilization": 100, "score": 0}]
    ratio = {"type": "RequestedToCapacityRatio", "requestedToCapacityRatio": {"shape": shape}}
    ratio["resources"] = [{"name": "cpu", "weight": 1}]
    choice = configured(pluginConfig=[{"name": "NodeResourcesFit", "args": {"scoringStrategy": ratio}}]).choices()[0]
    nodes = [node("n1", cpu="4"), node("n2", cpu="2"), node("n3", cpu="1")]
    found = WhatIf(nodes, choice=choice).place(pod("p", cpu="1"), explain=True)
    assert {n: s["NodeResourcesFit"] for n, s in found.scores.items()} == {"n1": 50, "n2": 100, "n3": 0}


def test_added_affinity_binds_every_pod_of_the_profile() -> None:
    term = {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["batch"]}]}
    added = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    choice = configured(pluginConfig=[{"name": "NodeAffinity", "args": {"addedAffinity": added}}]).choices()[0]
    nodes = [node("n1"), node("n2", labels={"pool": "batch"})]
    assert WhatIf(nodes, choice=choice).place(pod("p")).node == "n2"
    lost = WhatIf(nodes[:1], choice=choice).place(pod("p"))
    assert "1 node(s) didn't match scheduler-enforced node affinity" in lost.message


class Thirteen:
    """A plugin of a third party: refuses nodes by name, keeps account, makes Pods wait."""

    name = "Thirteen"

    def __init__(self, args: Mapping[str, Any], handle: Handle) -> None:
        self.handle, self.args = handle, args
        self.seen: list[str] = []

    def filter(self, state: State, pod: PodInfo, rows: Any) -> list[Rejection]:
        columns = self.handle.cluster.columns
        bad = np.array([n.endswith("13") for n in columns.labels.names], dtype=np.bool_)
        return [Rejection(bad[rows], "node(s) had bad luck", False)]

    def reserve(self, state: State, pod: PodInfo, node: str) -> Status | None:
        self.seen.append(f"reserve {node}")
        return None

    def unreserve(self, state: State, pod: PodInfo, node: str) -> None:
        self.seen.append(f"unreserve {node}")

    def permit(self, state: State, pod: PodInfo, node: str) -> Status | None:
        return Status(Code.WAIT, timeout=30.0) if self.args.get("wait") else None

    def post_bind(self, state: State, pod: PodInfo, node: str) -> None:
        self.seen.append(f"bound {node}")


@pytest.fixture
def thirteen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "third_party", lambda: {"Thirteen": lambda: Thirteen})


def test_entry_points_are_found_and_a_broken_one_is_named(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "luck-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: luck\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[minik8s.scheduler.plugins]\nThirteen = luck_plugin:Thirteen\nBroken = luck_plugin:Missing\n"
    )
    (tmp_path / "luck_plugin.py").write_text(
        "class Thirteen:\n    name = 'Thirteen'\n\n    def __init__(self, args, handle):\n        self.args = args\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    registry.third_party.cache_clear()
    try:
        found = profile_of(plugins={"multiPoint": {"enabled": [{"name": "Thirteen"}]}})
        assert found.plugins["Thirteen"].name == "Thirteen"
        with pytest.raises(ValueError, match='plugin "Broken" cannot be loaded'):
            profile_of(plugins={"multiPoint": {"enabled": [{"name": "Broken"}]}})
    finally:
        registry.third_party.cache_clear()


async def test_plugins_of_third_parties_take_part(cluster: FakeCluster, start, thirteen: None) -> None:
    cluster.add(node("n13", cpu="64"), node("n12"), pod("p"))
    running = await start(configured(plugins={"multiPoint": {"enabled": [{"name": "Thirteen"}]}}))
    assert running.node_of("p") == "n12"
    plugin = running.scheduler.profiles["default-scheduler"].plugins["Thirteen"]
    assert plugin.seen == ["reserve n12", "bound n12"]


async def test_a_permit_plugin_holds_pods_until_it_allows_or_time_is_up(
    cluster: FakeCluster, start, thirteen: None
) -> None:
    cluster.add(node("n1"), pod("a"), pod("b"))
    waits = configured(
        plugins={"multiPoint": {"enabled": [{"name": "Thirteen"}]}},
        pluginConfig=[{"name": "Thirteen", "args": {"wait": True}}],
    )
    running = await start(waits, rest=False)
    held = {w.key: w for w in running.scheduler.handle.waiting.all()}
    assert sorted(held) == ["default/a", "default/b"]
    held["default/a"].allow("Thirteen")
    await running.clock_turns()
    assert (running.node_of("a"), running.node_of("b")) == ("n1", "")
    await cluster.clock.advance(31)  # type: ignore[attr-defined]
    await running.clock_turns()
    assert running.message("b") == "rejected due to timeout after waiting 30s at plugin Thirteen"
    plugin = running.scheduler.profiles["default-scheduler"].plugins["Thirteen"]
    assert "unreserve n1" in plugin.seen


async def test_two_profiles_share_one_queue(cluster: FakeCluster, start) -> None:
    two = Configuration.model_validate(
        {
            "profiles": [
                {"schedulerName": "default-scheduler"},
                {
                    "schedulerName": "packer",
                    "pluginConfig": [
                        {"name": "NodeResourcesFit", "args": {"scoringStrategy": {"type": "MostAllocated"}}}
                    ],
                },
            ]
        }
    )
    cluster.add(node("n1"), node("n2"), pod("there", cpu="2", memory="2Gi", on="n1"))
    cluster.add(pod("a"), pod("b", spec={"schedulerName": "packer"}))
    running = await start(two)
    assert (running.node_of("a"), running.node_of("b")) == ("n2", "n1")


async def test_backoff_comes_from_the_configuration(cluster: FakeCluster, start) -> None:
    from minik8s.client.errors import InternalError

    cluster.fail("create", "pods/binding", lambda: InternalError("no"))
    cluster.add(node("n1"), pod("a"))
    running = await start(Configuration.model_validate({"podInitialBackoffSeconds": 5}))
    await running.advance(4.5)
    assert running.node_of("a") == ""
    await running.advance(1)
    assert running.node_of("a") == "n1"


def test_a_share_of_nodes_is_enough_when_the_profile_says_so() -> None:
    choice = configured(percentageOfNodesToScore=10).choices()[0]
    nodes = [node(f"n{i}") for i in range(300)]
    question = WhatIf(nodes, choice=choice)
    placed = [question.place(pod(f"p{i}")).node for i in range(20)]
    assert all(placed)
    assert len(set(placed)) == 20


async def test_a_pod_deleted_while_it_waits_at_permit_is_forgotten(cluster: FakeCluster, start, thirteen: None) -> None:
    cluster.add(node("n1"), pod("a"))
    waits = configured(
        plugins={"multiPoint": {"enabled": [{"name": "Thirteen"}]}},
        pluginConfig=[{"name": "Thirteen", "args": {"wait": True}}],
    )
    running = await start(waits, rest=False)
    cluster.remove(Pod, "a", "default")
    await running.settle()
    assert running.scheduler.queue.all() == []
    assert running.scheduler.cluster.pods == {}
