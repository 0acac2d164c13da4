from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from scheduler.pods.info import PodInfo
from scheduler.state.cluster import Cluster
from scheduler.whatif import WhatIf, what_if

from .make import node, pod


def requires(*expressions: dict[str, Any], fields: Any = ()) -> dict[str, Any]:
    term = {"matchExpressions": list(expressions), "matchFields": list(fields)}
    rule = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    return {"affinity": {"nodeAffinity": rule}}


@pytest.mark.parametrize(
    ("key", "operator", "values", "fitting"),
    [
        ("disk", "In", ["ssd", "nvme"], {"n1", "n2"}),
        ("disk", "NotIn", ["ssd"], {"n2", "n3", "n4"}),
        ("disk", "Exists", [], {"n1", "n2", "n3"}),
        ("disk", "DoesNotExist", [], {"n4"}),
        ("cores", "Gt", ["4"], {"n2"}),
        ("cores", "Lt", ["8"], {"n1"}),
    ],
)
def test_node_affinity_operators(key: str, operator: str, values: list[str], fitting: set[str]) -> None:
    nodes = [
        node("n1", labels={"disk": "ssd", "cores": "4"}),
        node("n2", labels={"disk": "nvme", "cores": "8"}),
        node("n3", labels={"disk": "hdd", "cores": "many"}),
        node("n4"),
    ]
    wanted = pod("p", spec=requires({"key": key, "operator": operator, "values": values}))
    found = WhatIf(nodes).place(wanted, explain=True)
    assert {n.metadata.name for n in nodes} - set(found.excluded) == fitting


def test_pods_of_a_daemon_set_look_at_their_node_alone() -> None:
    field = {"key": "metadata.name", "operator": "In", "values": ["n2"]}
    wanted = pod("p", spec=requires(fields=[field]))
    assert what_if([node("n1"), node("n2")], [wanted])[0].node == "n2"
    lost = what_if([node("n1"), node("n2", cpu="0")], [wanted])[0]
    assert lost.message.startswith(
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]."
    )


def test_preferred_affinity_weighs() -> None:
    wanted = [{"weight": 50, "preference": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}]
    spec = {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": wanted}}}
    assert what_if([node("n1"), node("n2", labels={"a": ""}), node("n3")], [pod("p", spec=spec)])[0].node == "n2"


@pytest.mark.parametrize(
    ("toleration", "fits"),
    [
        ({"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}, True),
        ({"key": "k", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "k", "operator": "Equal", "value": "other"}, False),
        ({"key": "k", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_taints_and_tolerations(toleration: dict[str, Any], fits: bool) -> None:
    tainted = node("n1", taints=[("k", "v", "NoSchedule")])
    found = what_if([tainted], [pod("p", spec={"tolerations": [toleration]})])[0]
    assert bool(found.node) is fits


def test_soft_taints_are_avoided() -> None:
    nodes = [node("n1", taints=[("k", "v", "PreferNoSchedule")]), node("n2", cpu="1")]
    assert what_if(nodes, [pod("p")])[0].node == "n2"


def test_host_ports_are_held_once() -> None:
    def with_port(name: str, ip: str, protocol: str = "TCP") -> Any:
        port = {"containerPort": 80, "hostPort": 80, "hostIP": ip, "protocol": protocol}
        return pod(name, spec={"containers": [{"name": "c", "image": "i", "ports": [port]}]})

    question = WhatIf([node("n1")])
    assert question.place(with_port("a", "10.0.0.1")).node == "n1"
    assert question.place(with_port("b", "10.0.0.2")).node == "n1"
    assert question.place(with_port("u", "0.0.0.0", "UDP")).node == "n1"
    lost = question.place(with_port("c", "0.0.0.0"))
    assert "1 node(s) didn't have free ports for the requested pod ports" in lost.message
    question.cluster.remove_pod("default/a")
    question.cluster.remove_pod("default/b")
    assert question.place(with_port("c", "0.0.0.0")).node == "n1"


def test_extended_resources_and_pod_counts() -> None:
    gpu = {"containers": [{"name": "c", "image": "i", "resources": {"requests": {"example.com/gpu": "2"}}}]}
    nodes = [
        node("n1", extra={"example.com/gpu": "1"}),
        node("n2", extra={"example.com/gpu": "4"}),
        node("n3", pods="0"),
    ]
    question = WhatIf(nodes)
    assert question.place(pod("a", spec=gpu)).node == "n2"
    assert question.place(pod("b", spec=gpu)).node == "n2"
    lost = question.place(pod("c", spec=gpu))
    assert lost.message.startswith("0/3 nodes are available: 1 Too many pods, 3 Insufficient example.com/gpu.")


def test_images_draw_pods() -> None:
    gigabyte = 1024**3
    nodes = [node("n1"), node("n2", images={"app:latest": gigabyte})]
    found = WhatIf(nodes).place(pod("p", image="app"), explain=True)
    assert found.node == "n2"
    assert found.scores["n2"]["ImageLocality"] == 50


def test_balanced_shares_score_higher() -> None:
    found = WhatIf([node("n1", cpu="4", memory="4Gi"), node("n2", cpu="4", memory="8Gi")]).place(
        pod("p", cpu="2", memory="2Gi"), explain=True
    )
    assert {n: s["NodeResourcesBalancedAllocation"] for n, s in found.scores.items()} == {"n1": 100, "n2": 87}
    assert {n: s["NodeResourcesFit"] for n, s in found.scores.items()} == {"n1": 50, "n2": 62}


def test_kept_results_stay_true_through_any_changes() -> None:
    """Whatever happens to the cluster, a question answered from kept results has the answer of a fresh one."""
    choose = random.Random(7)
    rules = {"nodeSelector": {"pool": "a"}, "tolerations": [{"key": "t", "operator": "Exists"}]}
    kinds = [{}, {"spec": rules}, {"cpu": "2"}]
    question = WhatIf()
    nodes: dict[str, Any] = {}
    pods: dict[str, Any] = {}
    for step in range(400):
        what = choose.random()
        if what < 0.25 or len(nodes) < 3:
            name = f"n{choose.randrange(90)}"
            nodes[name] = node(
                name,
                cpu=str(choose.randrange(1, 5)),
                labels={"pool": choose.choice("ab")},
                taints=[("t", "", "NoSchedule")] if choose.random() < 0.3 else [],
                unschedulable=choose.random() < 0.2,
            )
            question.cluster.put_node(nodes[name])
        elif what < 0.32:
            name = choose.choice(sorted(nodes))
            del nodes[name]
            question.cluster.remove_node(name)
        elif what < 0.5 and pods:
            key = choose.choice(sorted(pods))
            del pods[key]
            question.cluster.remove_pod(key)
        else:
            asked = pod(f"p{step}", **choose.choice(kinds))  # type: ignore[arg-type]
            fresh = WhatIf(nodes.values(), pods.values())
            expected = fresh.place(asked, explain=True)
            found = question.place(asked)
            assert bool(found.node) == bool(expected.node)
            assert found.message.split(" preemption")[0] == expected.message.split(" preemption")[0]
            if found.node:
                totals = {n: sum(s.values()) for n, s in expected.scores.items()}
                assert totals[found.node] == max(totals.values())
                placed = pod(f"p{step}", on=found.node)
                placed.spec = asked.spec
                placed.spec.node_name = found.node
                pods[found.pod] = placed


def test_pods_of_an_unknown_node_wait_for_it_and_survive_its_return() -> None:
    cluster = Cluster()
    cluster.add_pod(PodInfo(pod("a", cpu="1", on="n1", labels={"app": "x"})))
    for _ in range(2):
        cluster.put_node(node("n1"))
        row = cluster.columns.row_of["n1"]
        assert int(cluster.columns.requested[0, row]) == 1000
        cluster.remove_node("n1")
        assert not cluster.columns.requested.any()
    assert not np.any(cluster.columns.pods)
