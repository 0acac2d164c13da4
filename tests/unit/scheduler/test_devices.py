from __future__ import annotations

from typing import Any

import msgspec
import pytest

from minik8s.api.resource_v1 import DeviceClass, ResourceClaim, ResourceSlice
from minik8s.testing.fake_cluster import FakeCluster
from scheduler.whatif import WhatIf

from .make import node, pod

GPU = "gpu.example.com"


def device_class(name: str = "gpu", expression: str = f'device.driver == "{GPU}"') -> DeviceClass:
    spec = {"selectors": [{"cel": {"expression": expression}}]}
    return msgspec.convert({"metadata": {"name": name}, "spec": spec}, DeviceClass)


def device(name: str, memory: str = "16Gi", **attributes: Any) -> dict[str, Any]:
    kinds = {str: "string", int: "int", bool: "bool"}
    return {
        "name": name,
        "attributes": {k: {kinds[type(v)]: v} for k, v in attributes.items()},
        "capacity": {"memory": {"value": memory}},
    }


def pool(on: str, *devices: dict[str, Any], **spec: Any) -> ResourceSlice:
    whole = {
        "driver": GPU,
        "pool": {"name": on, "generation": 1, "resourceSliceCount": 1},
        "nodeName": on,
        "devices": list(devices),
        **spec,
    }
    return msgspec.convert({"metadata": {"name": f"{on}-{GPU}"}, "spec": whole}, ResourceSlice)


def claim(name: str, *requests: dict[str, Any], **more: Any) -> ResourceClaim:
    listed = [
        {"name": f"r{at}", **(one if "firstAvailable" in one else {"exactly": {"deviceClassName": "gpu", **one}})}
        for at, one in enumerate(requests or ({},))
    ]
    meta = {"name": name, "namespace": "default", "uid": f"uid-{name}"}
    spec = {"devices": {"requests": listed, "constraints": more.get("constraints", [])}}
    return msgspec.convert({"metadata": meta, "spec": spec, "status": more.get("status", {})}, ResourceClaim)


def using(*claims: str) -> dict[str, Any]:
    return {"resourceClaims": [{"name": c, "resourceClaimName": c} for c in claims]}


NODES = [node("n1"), node("n2")]


def ask(objects: list[Any], *claims: str) -> Any:
    return WhatIf(NODES, (), objects).place(pod("p", spec=using(*claims)))


def cel(expression: str) -> dict[str, Any]:
    return {"selectors": [{"cel": {"expression": expression}}]}


def test_a_pod_goes_where_its_device_is() -> None:
    question = WhatIf(NODES, (), [device_class(), pool("n2", device("d0")), claim("c"), claim("other")])
    assert question.place(pod("p", spec=using("c"))).node == "n2"
    made = question.cluster.devices.promised["uid-c"]
    assert [(r.request, r.driver, r.pool, r.device) for r in made.devices.results] == [("r0", GPU, "n2", "d0")]
    assert made.node_selector is not None
    assert made.node_selector.node_selector_terms[0].match_fields[0].values == ["n2"]
    lost = question.place(pod("q", spec=using("other")))
    assert lost.message.startswith("0/2 nodes are available: 2 cannot allocate all claims.")


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        (f'device.attributes["{GPU}"].model == "b"', "n2"),
        (f'device.capacity["{GPU}"].memory.compareTo(quantity("20Gi")) >= 0', "n2"),
        ('has(device.attributes["unknown.example.com"].x)', ""),
    ],
)
def test_selectors_look_at_attributes_and_capacity(expression: str, chosen: str) -> None:
    slices = [pool("n1", device("d0", model="a")), pool("n2", device("d1", "24Gi", model="b"))]
    assert ask([device_class(), *slices, claim("c", cel(expression))], "c").node == chosen


def test_a_broken_selector_is_named() -> None:
    lost = ask([device_class(), pool("n1", device("d0")), claim("c", cel("device.nothing"))], "c")
    assert "CEL compile error" in lost.message


def test_counts_all_and_alternatives() -> None:
    slices = [pool("n1", device("d0", model="a")), pool("n2", device("d1", model="b"), device("d2", model="b"))]
    assert ask([device_class(), *slices, claim("c", {"count": 2})], "c").node == "n2"
    question = WhatIf(
        NODES, (), [device_class(), *slices, claim("c", {"allocationMode": "All"}), claim("d", {"count": 2})]
    )
    assert question.place(pod("p", spec=using("c") | {"nodeName": "n2"})).node == "n2"
    first = [
        {
            "name": "best",
            "deviceClassName": "gpu",
            "selectors": cel(f'device.attributes["{GPU}"].model == "z"')["selectors"],
        },
        {"name": "good", "deviceClassName": "gpu", "count": 2},
    ]
    question = WhatIf(NODES, (), [device_class(), *slices, claim("c", {"firstAvailable": first})])
    assert question.place(pod("p", spec=using("c"))).node == "n2"
    assert {r.request for r in question.cluster.devices.promised["uid-c"].devices.results} == {"r0/good"}


def test_constraints_tie_devices_together() -> None:
    slices = [
        pool("n1", device("d0", numa=0), device("d1", numa=1)),
        pool("n2", device("d2", numa=0), device("d3", numa=1), device("d4", numa=1)),
    ]
    same = claim("c", {}, {}, constraints=[{"matchAttribute": f"{GPU}/numa"}])
    question = WhatIf(NODES, (), [device_class(), *slices, same])
    assert question.place(pod("p", spec=using("c"))).node == "n2"
    assert {r.device for r in question.cluster.devices.promised["uid-c"].devices.results} == {"d3", "d4"}


def test_tainted_devices_need_a_toleration() -> None:
    tainted = device("d0") | {"taints": [{"key": "broken", "effect": "NoSchedule"}]}
    assert ask([device_class(), pool("n1", tainted), claim("c")], "c").node == ""
    tolerant = claim("c", {"tolerations": [{"key": "broken", "operator": "Exists"}]})
    assert ask([device_class(), pool("n1", tainted), tolerant], "c").node == "n1"


def test_parts_of_one_device_share_its_counters() -> None:
    def part(name: str, amount: str) -> dict[str, Any]:
        return device(name) | {"consumesCounters": [{"counterSet": "whole", "counters": {"memory": {"value": amount}}}]}

    shared = [{"name": "whole", "counters": {"memory": {"value": "40Gi"}}}]
    one = pool("n1", part("a", "30Gi"), part("b", "20Gi"), part("c", "20Gi"), sharedCounters=shared)
    question = WhatIf(NODES, (), [device_class(), one, claim("c1"), claim("c2", {"count": 1}), claim("c3")])
    assert question.place(pod("p1", spec=using("c1"))).node == "n1"
    assert question.place(pod("p2", spec=using("c2"))).node == ""


def test_incomplete_and_outdated_pools_do_not_count() -> None:
    half = pool("n1", device("d0"), pool={"name": "n1", "generation": 1, "resourceSliceCount": 2})
    assert ask([device_class(), half, claim("c")], "c").node == ""


def test_what_is_missing_is_named() -> None:
    assert ask([], "c").message == 'resourceclaim "c" not found'
    lost = ask([claim("c")], "c")
    assert lost.message.startswith(
        "0/2 nodes are available: request r0: device class gpu does not exist. "
        "no new claims to deallocate, preemption: "
    )


async def test_the_claim_is_allocated_and_reserved_before_the_pod_is_bound(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), device_class(), pool("n1", device("d0")), claim("c"), pod("p", spec=using("c")))
    running = await start()
    assert running.node_of("p") == "n1"
    held = cluster.object(ResourceClaim, "c", "default")
    assert held is not None and held.status.allocation is not None
    assert held.status.allocation.devices.results[0].device == "d0"
    assert [(u.resource, u.name, u.uid) for u in held.status.reserved_for] == [("pods", "p", "uid-p")]
    assert held.metadata.finalizers == ["resource.kubernetes.io/delete-protection"]


async def test_a_claim_that_comes_later_wakes_its_pod(cluster: FakeCluster, start) -> None:
    cluster.add(node("n1"), device_class(), pool("n1", device("d0")), pod("p", spec=using("c")))
    running = await start()
    assert running.node_of("p") == ""
    cluster.add(claim("c"))
    await running.settle()
    assert running.node_of("p") == "n1"
