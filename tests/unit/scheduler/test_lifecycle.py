"""What happens to Pods while the scheduler works on them."""

from __future__ import annotations

from minik8s.api.core_v1 import Node, Pod
from minik8s.client.errors import ConnectionFailed, NotFound
from minik8s.testing.fake_cluster import FakeCluster

from .make import node, pod


async def test_a_lost_answer_to_a_binding_that_worked_is_no_failure(cluster: FakeCluster, start) -> None:
    """The server bound the Pod, the connection broke before its answer came."""
    cluster.add(node("n1"), pod("a"))

    def bind_and_break() -> Exception:
        cluster.modify(Pod, "a", lambda p: setattr(p.spec, "node_name", "n1"), "default")
        return ConnectionFailed("connection reset by peer")

    cluster.fail("create", "pods/binding", bind_and_break)
    running = await start()
    await running.advance(15)
    assert running.node_of("a") == "n1"
    assert running.scheduler.queue.all() == []
    assert len(running.scheduler.cluster.pods) == 1


async def test_a_pod_deleted_during_its_binding_leaves_no_trace(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("a", cpu="1"))

    def vanish() -> Exception:
        cluster.remove(Pod, "a", "default")
        return NotFound('pods "a" not found')

    cluster.fail("create", "pods/binding", vanish)
    running = await start()
    await running.advance(15)
    assert running.scheduler.queue.all() == []
    assert running.scheduler.cluster.pods == {}
    cluster.add(pod("b", cpu="1"))
    await running.settle()
    assert running.node_of("b") == "n1"


async def test_a_pod_made_anew_under_its_name_is_another_pod(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("a", cpu="1"))
    running = await start()
    assert running.node_of("a") == "n1"
    cluster.remove(Pod, "a", "default")
    again = pod("a", cpu="1")
    again.metadata.uid = "uid-again"
    cluster.add(again)
    await running.settle()
    assert running.node_of("a") == "n1"


async def test_finished_pods_take_nothing(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("job", cpu="1", on="n1"), pod("next", cpu="1"))
    running = await start()
    assert running.node_of("next") == ""
    cluster.modify(Pod, "job", lambda p: setattr(p.status, "phase", "Succeeded"), "default")
    await running.settle()
    assert running.node_of("next") == "n1"


async def test_a_resize_that_gives_back_wakes_waiting_pods(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="2"), pod("fat", cpu="2", on="n1"), pod("next", cpu="1"))
    running = await start()
    assert running.node_of("next") == ""
    cluster.modify(Pod, "fat", lambda p: p.spec.containers[0].resources.requests.update(cpu="1"), "default")
    await running.settle()
    assert running.node_of("next") == "n1"


async def test_a_waiting_pod_that_asks_for_less_is_tried_again(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="2"), pod("a", cpu="4"))
    running = await start()
    cluster.modify(Pod, "a", lambda p: p.spec.containers[0].resources.requests.update(cpu="1"), "default")
    await running.settle()
    assert running.node_of("a") == "n1"


async def test_a_node_that_gets_a_label_takes_the_pods_that_wait_for_it(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), pod("a", spec={"nodeSelector": {"disk": "ssd"}}))
    running = await start()
    tried = running.scheduler.queue.get("uid-a").attempts
    cluster.modify(Node, "n1", lambda n: n.metadata.labels.update(color="red"))
    await running.settle()
    assert running.scheduler.queue.get("uid-a").attempts == tried
    cluster.modify(Node, "n1", lambda n: n.metadata.labels.update(disk="ssd"))
    await running.settle()
    assert running.node_of("a") == "n1"


async def test_an_unchanged_condition_is_not_written_again(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("a", cpu="2"))
    running = await start()
    written = len(cluster.requests("patch", "pods/status"))
    assert written == 1
    cluster.modify(Node, "n1", lambda n: n.status.allocatable.update(cpu="1500m"))
    running.scheduler.queue.activate("default/a")
    await running.settle()
    assert len(cluster.requests("patch", "pods/status")) == written


async def test_watches_that_break_and_expire_change_nothing(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="2"), pod("a", cpu="1"))
    running = await start()
    cluster.compact()
    cluster.drop_watches()
    await running.advance(60)
    cluster.add(pod("b", cpu="1"), pod("c", cpu="1"))
    await running.settle()
    assert sorted((running.node_of("b"), running.node_of("c"))) == ["", "n1"]
    assert int(running.scheduler.cluster.columns.pods.sum()) == 2
