from __future__ import annotations

from typing import Any

import msgspec

from controllers.resourceclaim.controller import ResourceClaimController
from controllers.servicecidr.controller import ServiceCIDRController
from minik8s.api.core_v1 import Event, Pod
from minik8s.api.networking_v1 import IPAddress, ServiceCIDR
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.resource_v1 import AllocationResult, ResourceClaim, ResourceClaimTemplate
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build

FINALIZER = "resource.kubernetes.io/delete-protection"


def template() -> ResourceClaimTemplate:
    spec = {"devices": {"requests": [{"name": "gpu", "exactly": {"deviceClassName": "gpu"}}]}}
    return msgspec.convert(
        {
            "metadata": {"name": "tpl", "namespace": "default"},
            "spec": {"metadata": {"labels": {"team": "x"}}, "spec": spec},
        },
        ResourceClaimTemplate,
    )


def pod(name: str = "p", **more: Any) -> Pod:
    claims = [{"name": "dev", "resourceClaimTemplateName": "tpl"}]
    return build.pod(name, spec={"resourceClaims": claims, "nodeName": more.pop("node", "")}, **more)


def claim(cluster: FakeCluster) -> ResourceClaim:
    [found] = cluster.objects(ResourceClaim)
    return found


async def test_a_claim_is_made_reserved_and_given_back() -> None:
    cluster = FakeCluster()
    cluster.add(template(), pod())
    async with running(cluster, ResourceClaimController()) as at_work:
        made = claim(cluster)
        assert made.metadata.generate_name == "p-dev-" and made.metadata.labels == {"team": "x"}
        assert made.metadata.annotations == {"resource.kubernetes.io/pod-claim-name": "dev"}
        [owner] = made.metadata.owner_references
        assert (owner.kind, owner.controller, owner.block_owner_deletion) == ("Pod", True, None)
        assert made.spec.devices.requests[0].name == "gpu"
        held = cluster.object(Pod, "p")
        assert held is not None
        assert [(s.name, s.resource_claim_name) for s in held.status.resource_claim_statuses] == [
            ("dev", made.metadata.name)
        ]
        assert [a.manager for a in cluster.requests("patch", "pods/status")] == ["ResourceClaimController"]

        def allocate(one: ResourceClaim) -> None:
            one.status.allocation = AllocationResult()
            one.metadata.finalizers = [FINALIZER]

        cluster.modify(ResourceClaim, made.metadata.name, allocate)
        cluster.modify(Pod, "p", lambda p: setattr(p.spec, "node_name", "n1"))
        await at_work.settle()
        assert [r.name for r in claim(cluster).status.reserved_for] == ["p"]
        assert claim(cluster).metadata.finalizers == [FINALIZER]
        cluster.modify(Pod, "p", lambda p: setattr(p.status, "phase", "Succeeded"))
        await at_work.settle()
        assert cluster.objects(ResourceClaim) == []


async def test_the_scheduler_may_set_its_finalizer_before_it_allocates() -> None:
    cluster = FakeCluster()
    cluster.add(ResourceClaim(metadata=ObjectMeta(name="c", namespace="default", finalizers=[FINALIZER])))
    async with running(cluster, ResourceClaimController()) as at_work:
        assert claim(cluster).metadata.finalizers == [FINALIZER]
        await cluster.delete(ResourceClaim, "c", "default")
        await at_work.settle()
        assert cluster.objects(ResourceClaim) == []


async def test_a_shared_claim_is_kept_for_the_pod_that_still_runs() -> None:
    cluster = FakeCluster()
    users = [{"resource": "pods", "name": name, "uid": f"uid-{name}"} for name in ("one", "two")]
    shared = msgspec.convert(
        {
            "metadata": {"name": "c", "namespace": "default"},
            "status": {"allocation": {}, "reservedFor": users},
        },
        ResourceClaim,
    )
    for name in ("one", "two"):
        spec = {"resourceClaims": [{"name": "dev", "resourceClaimName": "c"}]}
        cluster.add(build.pod(name, spec=spec, metadata={"uid": f"uid-{name}"}))
    cluster.add(shared)
    async with running(cluster, ResourceClaimController()) as at_work:
        cluster.remove(Pod, "one")
        await at_work.settle()
        assert [r.name for r in claim(cluster).status.reserved_for] == ["two"]
        assert claim(cluster).status.allocation is not None
        cluster.remove(Pod, "two")
        await at_work.settle()
        assert claim(cluster).status.reserved_for == [] and claim(cluster).status.allocation is None


async def test_a_missing_template_is_told_and_waited_for() -> None:
    cluster = FakeCluster()
    cluster.add(pod())
    async with running(cluster, ResourceClaimController()) as at_work:
        await at_work.recorder.flush()
        assert [e.reason for e in cluster.objects(Event)] == ["FailedResourceClaimCreation"]
        cluster.add(template())
        await at_work.settle()
        assert len(cluster.objects(ResourceClaim)) == 1


def cidr(name: str, *networks: str) -> ServiceCIDR:
    made = ServiceCIDR(metadata=ObjectMeta(name=name))
    made.spec.cidrs = list(networks)
    return made


async def test_a_service_network_in_use_is_not_deleted() -> None:
    cluster = FakeCluster()
    cluster.add(cidr("a", "10.96.0.0/24"), IPAddress(metadata=ObjectMeta(name="10.96.0.7")))
    async with running(cluster, ServiceCIDRController()) as at_work:

        def told() -> tuple[str, str]:
            [condition] = cluster.objects(ServiceCIDR)[0].status.conditions
            return condition.status, condition.reason

        assert told() == ("True", "")
        await cluster.delete(ServiceCIDR, "a")
        await at_work.advance(60)
        assert told() == ("False", "Terminating")
        assert {a.manager for a in cluster.requests("patch", "servicecidrs/status")} == {"service-cidr-controller"}
        cluster.add(cidr("b", "10.96.0.0/16"))
        await at_work.advance(1)
        assert [c.metadata.name for c in cluster.objects(ServiceCIDR)] == ["b"]


async def test_an_unused_service_network_goes_after_a_grace_period() -> None:
    cluster = FakeCluster()
    cluster.add(cidr("a", "10.96.0.0/24"))
    async with running(cluster, ServiceCIDRController()) as at_work:
        await cluster.delete(ServiceCIDR, "a")
        await at_work.advance(9)
        assert len(cluster.objects(ServiceCIDR)) == 1
        await at_work.advance(2)
        assert cluster.objects(ServiceCIDR) == []
