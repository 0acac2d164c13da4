from __future__ import annotations

import ipaddress

import msgspec
import pytest

from controllers.nodeipam.controller import NodeIPAMController
from controllers.nodeipam.ranges import RangeError, RangeSet
from controllers.nodelifecycle.controller import NodeLifecycleController
from controllers.options import Options
from controllers.podgc.controller import PodGCController
from controllers.tainteviction.controller import TaintEvictionController
from controllers.tainteviction.tolerations import tolerated_seconds
from minik8s.api.coordination_v1 import Lease
from minik8s.api.core_v1 import Event, Node, Pod, Taint, Toleration
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build

NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"


def taints(cluster: FakeCluster, name: str = "n1") -> set[tuple[str, str]]:
    found = cluster.object(Node, name)
    assert found is not None
    return {(t.key.removeprefix("node.kubernetes.io/"), t.effect) for t in found.spec.taints}


def set_ready(cluster: FakeCluster, name: str, status: str) -> None:
    def change(node: Node) -> None:
        node.status.conditions[0].status = status
        node.status.conditions[0].last_heartbeat_time = f"2026-01-02T03:04:05Z{status}"

    cluster.modify(Node, name, change)


def ranges(text: str = "10.244.0.0/16", mask: int = 24) -> RangeSet:
    return RangeSet(ipaddress.ip_network(text), mask)


async def test_each_node_gets_its_own_network_and_old_ones_are_kept() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("old", spec={"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]}), build.node("new"))
    v6 = RangeSet(ipaddress.ip_network("fd00::/48"), 64)
    async with running(cluster, NodeIPAMController([ranges(), v6])) as at_work:
        cluster.add(build.node("newer"))
        await at_work.settle()
        found = {n.metadata.name: n.spec.pod_cidrs for n in cluster.objects(Node)}
        assert found["new"] == ["10.244.1.0/24", "fd00::/64"]
        assert found["newer"] == ["10.244.2.0/24", "fd00:0:0:1::/64"]
        assert {n.metadata.name: n.spec.pod_cidr for n in cluster.objects(Node)}["new"] == "10.244.1.0/24"


async def test_a_network_is_given_again_when_its_node_is_gone() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("a"), build.node("b"), build.node("c"))
    async with running(cluster, NodeIPAMController([ranges("10.0.0.0/23")])) as at_work:
        without = [n.metadata.name for n in cluster.objects(Node) if not n.spec.pod_cidr]
        assert without == ["c"]
        await at_work.recorder.flush()
        assert {e.reason for e in cluster.objects(Event)} == {"CIDRNotAvailable"}
        cluster.remove(Node, "a")
        await at_work.settle()
        found = {n.metadata.name: n.spec.pod_cidr for n in cluster.objects(Node)}
        assert found == {"b": "10.0.1.0/24", "c": "10.0.0.0/24"}


async def test_a_node_made_anew_unseen_gets_a_network_again() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("a"))
    async with running(cluster, NodeIPAMController([ranges()])) as at_work:
        assert cluster.objects(Node)[0].spec.pod_cidr == "10.244.0.0/24"
        cluster.drop_watches()
        cluster.remove(Node, "a")
        again = build.node("a")
        again.metadata.uid = "another"
        cluster.add(again)
        cluster.compact()
        await at_work.advance(2)
        assert cluster.objects(Node)[0].spec.pod_cidr


def test_the_network_of_services_is_left_out() -> None:
    held = ranges("10.96.0.0/14")
    NodeIPAMController([held], ("10.96.0.0/15",))
    assert held.allocate() == "10.98.0.0/24"


def test_a_mask_must_fit() -> None:
    with pytest.raises(RangeError, match="larger than the cluster CIDR"):
        ranges("10.0.0.0/24", 16)
    with pytest.raises(RangeError, match="too big"):
        ranges("10.0.0.0/8", 30)


async def test_a_silent_node_becomes_unknown_and_unreachable() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("n1"), build.node("n2"), build.pod("p"))
    async with running(cluster, NodeLifecycleController(Options())) as at_work:
        lease = Lease()
        lease.metadata.name, lease.metadata.namespace = "n2", "kube-node-lease"
        cluster.add(lease)
        for second in range(0, 60, 10):
            stamp = f"2026-01-02T03:{second:02d}:00.000000Z"
            cluster.modify(Lease, "n2", lambda o, s=stamp: setattr(o.spec, "renew_time", s), "kube-node-lease")  # type: ignore[misc]
            await at_work.advance(10)
        silent, heard = cluster.object(Node, "n1"), cluster.object(Node, "n2")
        assert silent is not None and heard is not None
        [ready, *others] = silent.status.conditions
        assert (ready.status, ready.reason) == ("Unknown", "NodeStatusUnknown")
        assert ready.message == "Kubelet stopped posting node status."
        assert {c.type for c in others} == {"MemoryPressure", "DiskPressure", "PIDPressure"}
        assert {c.reason for c in others} == {"NodeStatusNeverUpdated"}
        assert heard.status.conditions[0].status == "True"
        assert taints(cluster, "n1") == {("unreachable", "NoSchedule"), ("unreachable", "NoExecute")}
        assert taints(cluster, "n2") == set()
        silent = cluster.object(Node, "n1")
        assert silent is not None and [t.effect for t in silent.spec.taints] == ["NoSchedule", "NoExecute"]
        pod = cluster.object(Pod, "p")
        assert pod is not None and pod.status.conditions[0].status == "False"
        set_ready(cluster, "n1", "True")
        await at_work.settle()
        assert taints(cluster, "n1") == set()
        await at_work.recorder.flush()
        assert {"RegisteredNode", "NodeNotReady"} <= {e.reason for e in cluster.objects(Event)}


async def test_nodes_are_not_called_silent_by_a_manager_that_was_cut_off() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("n1"), build.node("n2"))
    async with running(cluster, NodeLifecycleController(Options())) as at_work:
        cluster.offline = True
        await at_work.advance(120)
        cluster.offline = False
        await at_work.advance(20)
        assert [n.status.conditions[0].status for n in cluster.objects(Node)] == ["True", "True"]
        await at_work.advance(60)
        assert [n.status.conditions[0].status for n in cluster.objects(Node)] == ["Unknown", "Unknown"]


async def test_conditions_and_cordons_become_taints_and_strange_taints_stay() -> None:
    cluster = FakeCluster()
    spec = {"unschedulable": True, "taints": [{"key": "mine", "effect": "NoSchedule"}]}
    made = build.node("n1", spec=spec, status={"conditions": [build.condition("MemoryPressure", "True")]})
    made.status.conditions += build.node().status.conditions
    cluster.add(made)
    async with running(cluster, NodeLifecycleController(Options())):
        effect = "NoSchedule"
        assert taints(cluster) == {("mine", effect), ("memory-pressure", effect), ("unschedulable", effect)}


async def test_nothing_is_driven_off_when_no_node_is_ready() -> None:
    cluster = FakeCluster()
    cluster.add(build.node("n1", ready="False"), build.node("n2", ready="False"))
    async with running(cluster, NodeLifecycleController(Options())) as at_work:
        assert taints(cluster, "n1") == {("not-ready", "NoSchedule")}
        set_ready(cluster, "n2", "True")
        await at_work.settle()
        assert taints(cluster, "n1") == {("not-ready", "NoSchedule"), ("not-ready", "NoExecute")}


async def test_nodes_of_a_zone_are_driven_off_one_after_the_other() -> None:
    cluster = FakeCluster()
    cluster.add(*(build.node(f"bad{i}", ready="False") for i in range(2)), *(build.node(f"good{i}") for i in range(3)))
    options = Options(node_monitor_grace_period=1000)
    async with running(cluster, NodeLifecycleController(options)) as at_work:

        def driven() -> int:
            return sum(("not-ready", "NoExecute") in taints(cluster, f"bad{i}") for i in range(2))

        assert driven() == 1
        await at_work.advance(9)
        assert driven() == 1
        await at_work.advance(2)
        assert driven() == 2


async def test_a_small_zone_that_is_mostly_gone_is_left_alone() -> None:
    cluster = FakeCluster()
    cluster.add(*(build.node(f"bad{i}", zone="z", ready="False") for i in range(4)), build.node("good", zone="z"))
    async with running(cluster, NodeLifecycleController(Options(node_monitor_grace_period=1000))) as at_work:
        await at_work.advance(100)
        assert sum(("not-ready", "NoExecute") in taints(cluster, f"bad{i}") for i in range(4)) <= 1


def toleration(key: str, seconds: int | None = None, **more: str) -> Toleration:
    return Toleration(key=key, operator=more.pop("operator", "Exists"), toleration_seconds=seconds, **more)


def test_how_long_a_pod_tolerates() -> None:
    both = [Taint(key="a", effect="NoExecute"), Taint(key="b", value="1", effect="NoExecute")]
    pod = build.pod("p")
    assert tolerated_seconds(pod, both) == 0
    pod.spec.tolerations = [toleration("a", 30), toleration("b", 10, operator="Equal", value="1")]
    assert tolerated_seconds(pod, both) == 10
    pod.spec.tolerations = [toleration("a", 30), toleration("b", operator="Equal", value="2")]
    assert tolerated_seconds(pod, both) == 0
    pod.spec.tolerations = [toleration("")]
    assert tolerated_seconds(pod, both) is None


async def test_pods_are_evicted_when_their_toleration_ends() -> None:
    cluster = FakeCluster()
    patient = build.pod("patient")
    patient.spec.tolerations = [toleration(UNREACHABLE, 300)]
    loyal = build.pod("loyal")
    loyal.spec.tolerations = [toleration(UNREACHABLE)]
    cluster.add(build.node(), patient, loyal, build.pod("shy"), build.pod("far", node="n2"))
    async with running(cluster, TaintEvictionController()) as at_work:

        def going() -> set[str]:
            return {p.metadata.name for p in cluster.objects(Pod) if p.metadata.deletion_timestamp}

        taint = Taint(key=UNREACHABLE, effect="NoExecute")
        cluster.modify(Node, "n1", lambda n: setattr(n.spec, "taints", [taint]))
        await at_work.settle()
        assert going() == {"shy"}
        await at_work.advance(299)
        assert going() == {"shy"}
        await at_work.advance(2)
        assert going() == {"shy", "patient"}
        evicted = cluster.object(Pod, "patient")
        assert evicted is not None
        why = next(c for c in evicted.status.conditions if c.type == "DisruptionTarget")
        assert (why.status, why.reason) == ("True", "DeletionByTaintManager")


async def test_ended_pods_leave_a_tainted_node_too() -> None:
    cluster = FakeCluster()
    node = build.node("n1")
    node.spec.taints = [Taint(key="x", effect="NoExecute")]
    cluster.add(node, build.pod("ended", status={"phase": "Succeeded"}))
    async with running(cluster, TaintEvictionController()):
        assert cluster.objects(Pod) == []


async def test_an_eviction_is_called_off_with_the_taint() -> None:
    cluster = FakeCluster()
    patient = build.pod("patient")
    patient.spec.tolerations = [toleration(UNREACHABLE, 300)]
    taint = Taint(key=UNREACHABLE, effect="NoExecute")
    cluster.add(build.node(spec={"taints": [msgspec.to_builtins(taint)]}), patient)
    async with running(cluster, TaintEvictionController()) as at_work:
        cluster.modify(Node, "n1", lambda n: n.spec.taints.clear())
        await at_work.advance(400)
        assert cluster.objects(Pod)[0].metadata.deletion_timestamp is None
        await at_work.recorder.flush()
        [event] = cluster.objects(Event)
        assert event.message == "Cancelling deletion of Pod default/patient"


async def test_pods_of_a_node_that_is_gone_are_removed_after_a_while() -> None:
    cluster = FakeCluster()
    cluster.add(build.node(), build.pod("here"), build.pod("lost", node="gone"))
    async with running(cluster, PodGCController(0)) as at_work:
        await at_work.advance(30)
        assert len(cluster.objects(Pod)) == 2
        await at_work.advance(11)
        assert [p.metadata.name for p in cluster.objects(Pod)] == ["here"]
        patches = [a.body["status"] for a in cluster.requests("patch", "pods/status")]
        assert patches[0]["phase"] == "Failed" and patches[0]["conditions"][0]["reason"] == "DeletionByPodGC"


async def test_only_so_many_ended_pods_are_kept() -> None:
    cluster = FakeCluster()
    for number in range(5):
        created = {"creationTimestamp": f"2026-01-02T03:04:0{number}Z"}
        cluster.add(build.pod(f"p{number}", metadata=created, status={"phase": "Succeeded"}))
    cluster.add(build.node())
    async with running(cluster, PodGCController(2)):
        assert [p.metadata.name for p in cluster.objects(Pod)] == ["p3", "p4"]


async def test_a_pod_deleted_before_it_was_bound_is_removed() -> None:
    cluster = FakeCluster()
    going = {"deletionTimestamp": "2026-01-02T03:04:06Z", "deletionGracePeriodSeconds": 30}
    cluster.add(build.pod("p", node="", metadata=going, status={"phase": "Pending"}))
    async with running(cluster, PodGCController(0)):
        assert cluster.objects(Pod) == []


async def test_pods_being_deleted_leave_a_node_out_of_service() -> None:
    cluster = FakeCluster()
    spec = {"taints": [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]}
    going = {"deletionTimestamp": "2026-01-02T03:04:06Z", "deletionGracePeriodSeconds": 30}
    cluster.add(build.node(ready="Unknown", spec=spec), build.pod("p", metadata=going), build.pod("q"))
    async with running(cluster, PodGCController(0)):
        assert [p.metadata.name for p in cluster.objects(Pod)] == ["q"]
