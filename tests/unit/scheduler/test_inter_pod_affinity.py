from __future__ import annotations

from typing import Any

import msgspec

from minik8s.api.core_v1 import Namespace
from scheduler.whatif import WhatIf, what_if

from .make import node, pod

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def term(app: str, key: str = HOST, **more: Any) -> dict[str, Any]:
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key, **more}


def near(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}}


def apart(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}}


def prefers(kind: str, *terms: dict[str, Any]) -> dict[str, Any]:
    wanted = [{"weight": 100, "podAffinityTerm": one} for one in terms]
    return {"affinity": {kind: {"preferredDuringSchedulingIgnoredDuringExecution": wanted}}}


NODES = [node("n0", labels={ZONE: "a"}), node("n1", labels={ZONE: "a"}), node("n2", labels={ZONE: "b"})]


def test_affinity_follows_the_other_pod_into_its_zone() -> None:
    there = [pod("db", on="n2", labels={"app": "db"})]
    assert what_if(NODES, [pod("p", spec=near(term("db", ZONE)))], there)[0].node == "n2"
    lost = what_if(NODES, [pod("p", spec=near(term("nobody")))])[0]
    assert lost.message.startswith("0/3 nodes are available: 3 node(s) didn't match pod affinity rules.")


def test_the_first_of_a_group_may_go_anywhere() -> None:
    pods = [pod(f"p{i}", spec=near(term("web", ZONE)), labels={"app": "web"}) for i in range(3)]
    zones = {"n0": "a", "n1": "a", "n2": "b"}
    placed = what_if(NODES, pods)
    assert all(p.node for p in placed)
    assert len({zones[p.node] for p in placed}) == 1


def test_all_terms_must_be_met_by_the_same_pods() -> None:
    there = [pod("a", on="n0", labels={"app": "a"}), pod("b", on="n1", labels={"app": "b"})]
    assert what_if(NODES, [pod("p", spec=near(term("a", ZONE), term("b", ZONE)))], there)[0].node == ""


def test_anti_affinity_is_symmetric() -> None:
    one_each = what_if(NODES, [pod(f"p{i}", spec=apart(term("web")), labels={"app": "web"}) for i in range(4)])
    assert sorted(p.node for p in one_each) == ["", "n0", "n1", "n2"]
    guard = [pod("g", on="n0", spec=apart(term("web", ZONE)), labels={"app": "guard"})]
    plain = WhatIf(NODES, guard).place(pod("p", labels={"app": "web"}), explain=True)
    assert plain.node == "n2"
    assert plain.excluded["n1"] == ("InterPodAffinity", ["node(s) didn't satisfy existing pods anti-affinity rules"])


def test_anti_affinity_has_its_reason() -> None:
    there = [pod("w", on="n0", labels={"app": "web"})]
    lost = what_if(NODES[:1], [pod("p", spec=apart(term("web")))], there)[0]
    assert lost.message.startswith("0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules.")


def test_preferences_weigh_both_ways() -> None:
    there = [pod("w", cpu="10m", on="n0", labels={"app": "web"})]
    assert what_if(NODES, [pod("p", cpu="10m", spec=prefers("podAffinity", term("web")))], there)[0].node == "n0"
    away = what_if(NODES, [pod("p", cpu="10m", spec=prefers("podAntiAffinity", term("web", ZONE)))], there)
    assert away[0].node == "n2"


def test_what_pods_there_prefer_counts_too() -> None:
    there = [pod("fan", cpu="10m", on="n1", spec=prefers("podAffinity", term("web")))]
    assert what_if(NODES, [pod("p", cpu="10m", labels={"app": "web"})], there)[0].node == "n1"


def namespace(name: str, **labels: str) -> Namespace:
    return msgspec.convert({"metadata": {"name": name, "labels": labels}}, Namespace)


def test_namespaces_and_their_selector_say_whose_pods_are_meant() -> None:
    there = [pod("w", on="n0", namespace="team-b", labels={"app": "web"})]
    objects = [namespace("team-b", team="b"), namespace("default")]
    own = WhatIf(NODES[:1], there, objects).place(pod("p", spec=apart(term("web"))))
    assert own.node == "n0"
    named = WhatIf(NODES[:1], there, objects).place(pod("p", spec=apart(term("web", namespaces=["team-b"]))))
    assert named.node == ""
    chosen = term("web", namespaceSelector={"matchLabels": {"team": "b"}})
    assert WhatIf(NODES[:1], there, objects).place(pod("p", spec=apart(chosen))).node == ""
    every = term("web", namespaceSelector={})
    assert WhatIf(NODES[:1], there, objects).place(pod("p", spec=apart(every))).node == ""


def test_label_keys_narrow_and_widen_the_term() -> None:
    there = [pod("w", on="n0", labels={"app": "web", "rev": "1"})]
    same = pod("p", spec=apart(term("web", matchLabelKeys=["rev"])), labels={"app": "web", "rev": "2"})
    assert what_if(NODES[:1], [same], there)[0].node == "n0"
    other = pod("p", spec=apart(term("web", mismatchLabelKeys=["rev"])), labels={"app": "web", "rev": "2"})
    assert what_if(NODES[:1], [other], there)[0].node == ""


def test_a_pod_that_left_is_counted_no_more() -> None:
    question = WhatIf(NODES[:1], [pod("w", on="n0", labels={"app": "web"})])
    wanted = pod("p", spec=apart(term("web")))
    assert question.place(wanted).node == ""
    question.cluster.remove_pod("default/w")
    assert question.place(wanted).node == "n0"
