"""Pods that forbid groups of their images: run where the engine adds none, rejected elsewhere."""

from __future__ import annotations

from minik8s.api.core_v1 import Node
from tests.unit.kubelet.world import World, pod_of


async def test_a_strict_pod_that_would_get_groups_of_its_image_is_rejected(world: World) -> None:
    strict = {"runAsUser": 1000, "supplementalGroupsPolicy": "Strict"}
    await world.run(pod_of("bad", securityContext=strict), phase="Failed")
    status = world.pod("bad").status
    assert status.reason == "SupplementalGroupsPolicyNotSupported"
    assert status.message == "Pod was rejected: SupplementalGroupsPolicy=Strict is not supported in this node"
    await world.run(pod_of("told", securityContext={**strict, "runAsGroup": 1000}))
    await world.run(pod_of("merge", securityContext={**strict, "supplementalGroupsPolicy": "Merge"}))
    own = {"name": "c", "image": "img:1", "securityContext": {"runAsGroup": 5}}
    await world.run(pod_of("own", securityContext=strict, containers=[own]))


async def test_the_node_says_so(world: World) -> None:
    def told() -> bool | None:
        node = world.cluster.object(Node, "n1")
        features = node.status.features if node is not None else None
        return features.supplemental_groups_policy if features is not None else None

    await world.until(lambda: told() is False)
