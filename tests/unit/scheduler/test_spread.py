from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from minik8s.api.apps_v1 import ReplicaSet
from scheduler.whatif import WhatIf, what_if

from .make import node, pod

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"
WEB = {"labels": {"app": "web"}}


def zoned(*zones: str) -> list[Any]:
    return [node(f"n{i}", labels={ZONE: zone} if zone else {}) for i, zone in enumerate(zones)]


def spread(key: str = ZONE, when: str = "DoNotSchedule", skew: int = 1, **more: Any) -> dict[str, Any]:
    rule = {
        "maxSkew": skew,
        "topologyKey": key,
        "whenUnsatisfiable": when,
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    return {"topologySpreadConstraints": [{**rule, **more}]}


def test_hard_constraints_keep_zones_even() -> None:
    placed = what_if(zoned("a", "a", "b"), [pod(f"p{i}", spec=spread(), **WEB) for i in range(6)])
    zones = Counter("b" if p.node == "n2" else "a" for p in placed)
    assert zones == {"a": 3, "b": 3}


def test_a_crowded_domain_and_a_missing_label_have_their_reasons() -> None:
    there = [pod(f"t{i}", on="n0", **WEB) for i in range(2)]
    answer = what_if(
        [*zoned("a", ""), node("n2", cpu="0", labels={ZONE: "b"})], [pod("p", spec=spread(), **WEB)], there
    )
    assert answer[0].message.startswith(
        "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints, "
        "1 node(s) didn't match pod topology spread constraints (missing required label)."
    )


def test_min_domains_counts_missing_domains_as_empty() -> None:
    there = [pod("t", on="n0", **WEB)]
    answer = what_if(zoned("a"), [pod("p", spec=spread(minDomains=2), **WEB)], there)
    assert answer[0].node == ""
    assert what_if(zoned("a"), [pod("p", spec=spread(), **WEB)], there)[0].node == "n0"


def test_node_affinity_policy_decides_which_nodes_count() -> None:
    nodes = [*zoned("a", "b"), node("n2", labels={ZONE: "c", "pool": "other"})]
    there = [pod("t0", on="n0", **WEB), pod("t1", on="n1", **WEB)]
    wanted = {"nodeSelector": {"pool": "mine"}}
    for one in nodes[:2]:
        one.metadata.labels["pool"] = "mine"
    honored = what_if(nodes, [pod("p", spec=spread() | wanted, **WEB)], there)
    assert honored[0].node in ("n0", "n1")
    ignored = what_if(nodes, [pod("p", spec=spread(nodeAffinityPolicy="Ignore") | wanted, **WEB)], there)
    assert ignored[0].node == ""


def test_node_taints_policy_leaves_tainted_nodes_out() -> None:
    nodes = [*zoned("a"), node("n1", labels={ZONE: "b"}, taints=[("k", "", "NoSchedule")])]
    there = [pod("t0", on="n0", **WEB)]
    assert what_if(nodes, [pod("p", spec=spread(), **WEB)], there)[0].node == ""
    assert what_if(nodes, [pod("p", spec=spread(nodeTaintsPolicy="Honor"), **WEB)], there)[0].node == "n0"


def test_match_label_keys_count_one_revision_only() -> None:
    there = [pod(f"t{i}", on="n0", labels={"app": "web", "rev": "1"}) for i in range(3)]
    new = pod("p", spec=spread(matchLabelKeys=["rev"]), labels={"app": "web", "rev": "2"})
    answer = WhatIf([*zoned("a"), node("n1", cpu="0", labels={ZONE: "b"})], there).place(new)
    assert answer.node == "n0"


def test_terminating_pods_do_not_count() -> None:
    there = [pod("t", on="n0", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}, **WEB)]
    nodes = [*zoned("a"), node("n1", cpu="0", labels={ZONE: "b"})]
    assert what_if(nodes, [pod("p", spec=spread(), **WEB)], there)[0].node == "n0"


def test_soft_constraints_prefer_the_emptier_zone() -> None:
    there = [pod(f"t{i}", cpu="10m", on="n0", **WEB) for i in range(4)]
    answer = what_if(zoned("a", "b"), [pod("p", spec=spread(when="ScheduleAnyway"), **WEB)], there)
    assert answer[0].node == "n1"


def test_pods_of_a_workload_are_spread_by_default() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}
    meta = {"ownerReferences": [owner]}
    rs = msgspec.convert(
        {"metadata": {"name": "web", "namespace": "default"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}},
        ReplicaSet,
    )
    there = [pod(f"t{i}", cpu="0", memory="0", on="n0", metadata=meta, **WEB) for i in range(3)]
    new = pod("p", cpu="0", memory="0", metadata=meta, **WEB)
    asked = WhatIf(zoned("a", "b"), there, [rs]).place(new, explain=True)
    assert asked.node == "n1"
    assert asked.scores["n1"]["PodTopologySpread"] > asked.scores["n0"]["PodTopologySpread"]
