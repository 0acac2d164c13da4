from __future__ import annotations

import msgspec

from minik8s.api import events_v1
from minik8s.api.core_v1 import Pod
from minik8s.api.policy_v1 import PodDisruptionBudget
from minik8s.testing.fake_cluster import FakeCluster
from scheduler.whatif import WhatIf, what_if

from .make import node, pod


def budget(app: str, allowed: int) -> PodDisruptionBudget:
    return msgspec.convert(
        {
            "metadata": {"name": app, "namespace": "default"},
            "spec": {"selector": {"matchLabels": {"app": app}}},
            "status": {"disruptionsAllowed": allowed},
        },
        PodDisruptionBudget,
    )


async def test_a_weaker_pod_makes_room_and_its_node_is_set_aside(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("weak", cpu="1", on="n1"), pod("strong", cpu="1", priority=10))
    running = await start()
    weak = running.pod("weak")
    assert weak.metadata.deletion_timestamp is not None
    target = next(c for c in weak.status.conditions if c.type == "DisruptionTarget")
    assert (target.status, target.reason) == ("True", "PreemptionByScheduler")
    assert target.message == "default-scheduler: preempting to accommodate a higher priority pod"
    assert running.pod("strong").status.nominated_node_name == "n1"
    assert running.message("strong") == "0/1 nodes are available: 1 Insufficient cpu."
    cluster.remove(Pod, "weak", "default")
    await running.settle()
    assert running.node_of("strong") == "n1"
    await running.scheduler.reports.flush()
    assert ("Preempted", "Preempted by pod uid-strong on node n1") in [
        (e.reason, e.note) for e in cluster.objects(events_v1.Event)
    ]


async def test_victims_that_go_at_once_leave_the_pod_bound(cluster: FakeCluster, start) -> None:
    weak = pod("weak", cpu="1", on="n1", spec={"terminationGracePeriodSeconds": 0})
    cluster.add(node("n1", cpu="1"), weak, pod("strong", cpu="1", priority=10))
    running = await start()
    await running.settle()
    assert running.node_of("strong") == "n1"


async def test_room_made_for_one_is_not_taken_by_a_weaker_one(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="1"), pod("weak", cpu="1", on="n1"), pod("strong", cpu="1", priority=10))
    running = await start()
    cluster.add(pod("thief", cpu="1", priority=5))
    await running.settle()
    cluster.remove(Pod, "weak", "default")
    await running.settle()
    assert (running.node_of("strong"), running.node_of("thief")) == ("n1", "")


async def test_while_victims_end_nobody_else_is_removed(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1", cpu="2"), pod("a", cpu="1", on="n1"), pod("b", cpu="1", on="n1", priority=1))
    cluster.add(pod("strong", cpu="1", priority=10))
    running = await start()
    assert running.pod("a").metadata.deletion_timestamp is not None
    running.scheduler.queue.activate("default/strong")
    await running.settle()
    assert running.message("strong").endswith(
        "preemption: not eligible due to a terminating pod on the nominated node."
    )
    assert running.pod("b").metadata.deletion_timestamp is None


def test_the_message_says_why_preemption_does_not_help() -> None:
    nodes = [node("n1", cpu="1"), node("n2", cpu="8", unschedulable=True), node("n3", cpu="2")]
    there = [pod("peer", cpu="2", on="n3", priority=10)]
    lost = what_if(nodes, [pod("p", cpu="2", priority=10)], there)[0]
    assert lost.message == (
        "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. "
        "no new claims to deallocate, preemption: 0/3 nodes are available: "
        "1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling."
    )


def test_a_pod_may_be_told_never_to_preempt() -> None:
    there = [pod("weak", cpu="1", on="n1")]
    lost = what_if([node("n1", cpu="1")], [pod("p", cpu="1", priority=1, spec={"preemptionPolicy": "Never"})], there)[0]
    assert lost.message.endswith("preemption: not eligible due to preemptionPolicy=Never.")
    assert lost.nominated == ""


def test_the_node_that_costs_least_is_chosen() -> None:
    nodes = [node("n1", cpu="1"), node("n2", cpu="1"), node("n3", cpu="1")]
    there = [
        pod("a", cpu="1", on="n1", priority=5),
        pod("b", cpu="1", on="n2", priority=3),
        pod("c", cpu="500m", on="n3", priority=3),
        pod("d", cpu="500m", on="n3", priority=3),
    ]
    assert what_if(nodes, [pod("p", cpu="1", priority=10)], there)[0].nominated == "n2"


def test_budgets_are_kept_where_possible() -> None:
    nodes = [node("n1", cpu="1"), node("n2", cpu="1")]
    there = [
        pod("a", cpu="1", on="n1", labels={"app": "guarded"}),
        pod("b", cpu="1", on="n2", priority=5, labels={"app": "free"}),
    ]
    wanted = pod("p", cpu="1", priority=10)
    assert WhatIf(nodes, there).place(wanted).nominated == "n1"
    assert WhatIf(nodes, there, [budget("guarded", 0)]).place(wanted).nominated == "n2"
    assert WhatIf(nodes, there, [budget("guarded", 1)]).place(wanted).nominated == "n1"


def test_only_as_many_as_needed_leave() -> None:
    question = WhatIf([node("n1", cpu="3")], [pod(f"w{i}", cpu="1", on="n1", priority=i) for i in range(3)])
    from collections import Counter

    from scheduler.plugin import State
    from scheduler.plugins.victims import select_victims
    from scheduler.pods.info import PodInfo

    evaluator = question.profile.evaluator
    strong = PodInfo(pod("p", cpu="1", priority=10))
    state = State()
    evaluator.pre_filter(state, strong)
    row = question.cluster.columns.row_of["n1"]
    found = select_victims(question.profile.handle, evaluator, state, strong, row, [], Counter())
    assert found is not None
    assert [v.name for v in found.victims] == ["w0"]
    assert int(question.cluster.columns.pods[row]) == 3


def test_anti_affinity_can_be_resolved_by_preemption() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}
    rules = {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}
    there = [pod("w", on="n1", labels={"app": "web"}), pod("x", on="n1")]
    assert what_if([node("n1")], [pod("p", priority=1, spec=rules)], there)[0].nominated == "n1"
