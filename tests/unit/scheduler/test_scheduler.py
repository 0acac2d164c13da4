from __future__ import annotations

from minik8s.api import events_v1
from minik8s.api.core_v1 import Node, Pod
from minik8s.client.errors import InternalError
from minik8s.testing.fake_cluster import FakeCluster

from .make import node, pod


def events(cluster: FakeCluster) -> list[tuple[str, str, str]]:
    return [(e.type, e.reason, e.note) for e in cluster.objects(events_v1.Event)]


async def test_a_pending_pod_is_bound_and_an_event_says_so(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), pod("a"))
    running = await start()
    assert running.node_of("a") == "n1"
    await running.scheduler.reports.flush()
    assert events(cluster) == [("Normal", "Scheduled", "Successfully assigned default/a to n1")]


async def test_pods_of_other_schedulers_are_left_alone(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), pod("a", spec={"schedulerName": "other"}))
    running = await start()
    assert running.node_of("a") == ""


async def test_why_a_pod_fits_nowhere_is_said_as_kubernetes_says_it(cluster: FakeCluster, start) -> None:
    cluster.add(
        node("n1", taints=[("dedicated", "db", "NoSchedule")]),
        node("n2", cpu="1"),
        node("n3", cpu="1", unschedulable=True),
        pod("filler", cpu="900m", on="n2"),
        pod("big", cpu="500m"),
    )
    running = await start()
    assert running.node_of("big") == ""
    text = (
        "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable."
    )
    assert running.message("big").startswith(text)
    condition = running.pod("big").status.conditions[0]
    assert (condition.type, condition.status, condition.reason) == ("PodScheduled", "False", "Unschedulable")
    await running.scheduler.reports.flush()
    assert ("Warning", "FailedScheduling", running.message("big")) in events(cluster)


async def test_without_nodes_the_message_is_its_own(cluster: FakeCluster, start) -> None:
    cluster.add(pod("a"))
    running = await start()
    assert running.message("a") == "no nodes available to schedule pods"


async def test_a_new_node_brings_waiting_pods_back(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("a", cpu="2"))
    running = await start()
    assert running.node_of("a") == ""
    cluster.add(node("n2", cpu="4"))
    await running.settle()
    assert running.node_of("a") == "n2"


async def test_an_uncordoned_node_brings_waiting_pods_back(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", unschedulable=True), pod("a"))
    running = await start()
    assert running.node_of("a") == ""
    cluster.modify(Node, "n1", lambda n: setattr(n.spec, "unschedulable", False))
    await running.settle()
    assert running.node_of("a") == "n1"


async def test_a_deleted_pod_makes_room(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("old", cpu="1", on="n1"), pod("a", cpu="1"))
    running = await start()
    assert running.node_of("a") == ""
    cluster.remove(Pod, "old", "default")
    await running.settle()
    assert running.node_of("a") == "n1"


async def test_a_failed_binding_is_tried_again_after_a_pause(cluster: FakeCluster, start) -> None:
    cluster.fail("create", "pods/binding", lambda: InternalError("etcd is slow"))
    cluster.add(node("n1"), pod("a"))
    running = await start()
    assert running.node_of("a") == ""
    assert running.message("a") == 'running Bind plugin "DefaultBinder": etcd is slow'
    await running.advance(1.1)
    assert running.node_of("a") == "n1"


async def test_higher_priority_goes_first(cluster: FakeCluster, start) -> None:
    cluster.add(pod("low", cpu="1"), pod("high", cpu="1", priority=10))
    running = await start()
    cluster.add(node("n1", cpu="1"))
    await running.settle()
    assert (running.node_of("high"), running.node_of("low")) == ("n1", "")


async def test_gates_hold_a_pod_until_the_last_is_gone(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), pod("a", spec={"schedulingGates": [{"name": "example.com/wait"}]}))
    running = await start()
    assert running.node_of("a") == ""
    assert running.scheduler.queue.counts()["gated"] == 1
    cluster.modify(Pod, "a", lambda p: setattr(p.spec, "scheduling_gates", []), "default")
    await running.settle()
    assert running.node_of("a") == "n1"


async def test_many_pods_are_spread_by_what_is_left(cluster: FakeCluster, start) -> None:
    cluster.add(*(node(f"n{i}", cpu="4") for i in range(4)), *(pod(f"p{i}", cpu="1") for i in range(16)))
    running = await start()
    assert sorted(running.node_of(f"p{i}") for i in range(16)) == sorted(f"n{i}" for i in range(4) for _ in range(4))
