from __future__ import annotations

import asyncio

import msgspec
import pytest

from apiserver.admission.plugins.limit_ranger import ANNOTATION, LimitRanger
from apiserver.admission.plugins.resource_quota import ResourceQuota
from apiserver.auth.errors import StatusError, conflict
from minik8s.api import core_v1 as v1
from minik8s.api.meta_v1 import ObjectMeta


def pod(name: str = "x", requests: dict | None = None, limits: dict | None = None, **spec) -> v1.Pod:
    resources = v1.ResourceRequirements(requests=requests or {}, limits=limits or {})
    spec.setdefault("containers", [v1.Container(name="c", resources=resources)])
    return v1.Pod(metadata=ObjectMeta(name=name, namespace="ns"), spec=v1.PodSpec(**spec))


def limit_range(**item) -> v1.LimitRange:
    item.setdefault("type", "Container")
    return v1.LimitRange(
        metadata=ObjectMeta(name="l", namespace="ns"), spec=v1.LimitRangeSpec(limits=[v1.LimitRangeItem(**item)])
    )


@pytest.mark.parametrize(
    ("item", "asked", "told"),
    [
        (
            {"max": {"memory": "1Gi"}},
            {"limits": {"memory": "2Gi"}},
            "maximum memory usage per Container is 1Gi, but limit is 2Gi",
        ),
        ({"max": {"memory": "1Gi"}}, {}, "maximum memory usage per Container is 1Gi.  No limit is specified"),
        (
            {"min": {"memory": "10Mi"}},
            {"requests": {"memory": "1Mi"}},
            "minimum memory usage per Container is 10Mi, but request is 1Mi",
        ),
        ({"min": {"cpu": "1"}}, {}, "minimum cpu usage per Container is 1.  No request is specified"),
        (
            {"max_limit_request_ratio": {"cpu": "2"}},
            {"requests": {"cpu": "100m"}, "limits": {"cpu": "500m"}},
            "cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000",
        ),
        (
            {"max": {"cpu": "1"}, "type": "Pod"},
            {"limits": {"cpu": "2"}},
            "maximum cpu usage per Pod is 1, but limit is 2",
        ),
    ],
)
async def test_limits(context, write, objects, item, asked, told):
    objects.put(limit_range(**item))
    plugin = LimitRanger(context)
    with pytest.raises(StatusError) as caught:
        await plugin.validate(write(pod(**asked)))
    assert caught.value.status.message == f'pods "x" is forbidden: {told}'


async def test_limit_defaults(context, write, objects):
    plugin = LimitRanger(context)
    objects.put(limit_range(default={"cpu": "1", "memory": "1Gi"}, default_request={"cpu": "100m"}))
    new = pod(limits={"memory": "2Gi"})
    await plugin.mutate(write(new))
    resources = new.spec.containers[0].resources
    assert resources.requests == {"cpu": "100m"}
    assert resources.limits == {"cpu": "1", "memory": "2Gi"}
    assert new.metadata.annotations[ANNOTATION] == (
        "LimitRanger plugin set: cpu request for container c; cpu limit for container c"
    )
    objects.remove(v1.LimitRange, "l", "ns")
    other = pod()
    await plugin.mutate(write(other))
    assert other.spec.containers[0].resources.requests == {}


async def test_claim_limits(context, write, objects):
    objects.put(limit_range(type="PersistentVolumeClaim", max={"storage": "1Gi"}))
    resources = v1.VolumeResourceRequirements(requests={"storage": "5Gi"})
    claim = v1.PersistentVolumeClaim(
        metadata=ObjectMeta(name="x", namespace="ns"), spec=v1.PersistentVolumeClaimSpec(resources=resources)
    )
    with pytest.raises(StatusError, match="maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 5Gi"):
        await LimitRanger(context).validate(write(claim))


def quota(hard: dict, used: dict | None = None, **spec) -> v1.ResourceQuota:
    used = dict.fromkeys(hard, "0") if used is None else used
    return v1.ResourceQuota(
        metadata=ObjectMeta(name="q", namespace="ns"),
        spec=v1.ResourceQuotaSpec(hard=hard, **spec),
        status=v1.ResourceQuotaStatus(hard=hard, used=used),
    )


def used(objects) -> dict:
    return objects.get(v1.ResourceQuota, "q", "ns").status.used


async def test_quota_messages(context, write, objects):
    plugin = ResourceQuota(context)
    objects.put(quota({"configmaps": "0", "pods": "0", "requests.cpu": "1"}))
    cases = [
        (
            v1.ConfigMap(metadata=ObjectMeta(name="x", namespace="ns")),
            'configmaps "x" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=0, '
            "limited: configmaps=0",
        ),
        (
            pod(requests={"cpu": "2"}),
            'pods "x" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=2, '
            "used: pods=0,requests.cpu=0, limited: pods=0,requests.cpu=1",
        ),
        (pod(), 'pods "x" is forbidden: failed quota: q: must specify requests.cpu for: c'),
    ]
    for obj, told in cases:
        with pytest.raises(StatusError) as caught:
            await plugin.validate(write(obj))
        assert caught.value.status.message == told
    assert used(objects)["pods"] == "0"


async def test_quota_is_charged_together_and_never_exceeded(context, write, objects):
    plugin = ResourceQuota(context)
    objects.put(quota({"pods": "5", "requests.cpu": "10"}))
    writes = []
    update = objects.update

    async def counted(obj, subresource=""):
        writes.append(subresource)
        return await update(obj, subresource)

    context.writer.update = counted
    requests = [write(pod(f"p{i}", requests={"cpu": "500m"})) for i in range(8)]
    results = await asyncio.gather(*(plugin.validate(request) for request in requests), return_exceptions=True)
    assert sum(1 for result in results if result is None) == 5
    assert {result.code for result in results if result is not None} == {403}
    assert used(objects) == {"pods": "5", "requests.cpu": "2500m"}
    assert writes == ["status"]


async def test_a_lost_race_is_run_again(context, write, objects):
    plugin = ResourceQuota(context)
    objects.put(quota({"pods": "5"}))
    update = objects.update
    lost = []

    async def racing(obj, subresource=""):
        if not lost:
            lost.append(True)
            await update(
                msgspec.structs.replace(
                    objects.get(v1.ResourceQuota, "q", "ns"), status=quota({"pods": "5"}, {"pods": "3"}).status
                )
            )
            raise conflict("", "resourcequotas", "q", "modified")
        return await update(obj, subresource)

    context.writer.update = racing
    await plugin.validate(write(pod()))
    assert used(objects) == {"pods": "4"}


async def test_dry_run_and_other_namespaces_cost_nothing(context, write, objects):
    plugin = ResourceQuota(context)
    objects.put(quota({"pods": "5"}))
    await plugin.validate(write(pod(), dry_run=True))
    await plugin.validate(write(pod(), namespace="other"))
    assert used(objects) == {"pods": "0"}


async def test_updates_cost_what_they_add(context, write, objects):
    plugin = ResourceQuota(context)
    objects.put(quota({"services.nodeports": "3", "services": "5"}, {"services.nodeports": "1", "services": "1"}))

    def service(ports: int) -> v1.Service:
        listed = [v1.ServicePort(port=80 + i) for i in range(ports)]
        return v1.Service(
            metadata=ObjectMeta(name="s", namespace="ns"), spec=v1.ServiceSpec(type="NodePort", ports=listed)
        )

    await plugin.validate(write(service(3), service(1)))
    assert used(objects) == {"services.nodeports": "3", "services": "1"}
    with pytest.raises(StatusError, match="requested: services.nodeports=1, used: services.nodeports=3"):
        await plugin.validate(write(service(4), service(3)))
    await plugin.validate(write(service(1), service(3)))


async def test_scopes(context, write, objects):
    plugin = ResourceQuota(context)
    high = v1.ScopedResourceSelectorRequirement(scope_name="PriorityClass", operator="In", values=["high"])
    objects.put(quota({"pods": "0"}, scope_selector=v1.ScopeSelector(match_expressions=[high])))
    await plugin.validate(write(pod()))
    with pytest.raises(StatusError, match="exceeded quota"):
        await plugin.validate(write(pod(priority_class_name="high")))
    objects.put(quota({"pods": "0"}, scopes=["BestEffort"]))
    await plugin.validate(write(pod(requests={"cpu": "1"})))
    with pytest.raises(StatusError, match="exceeded quota"):
        await plugin.validate(write(pod()))


async def test_a_quota_nobody_has_counted_yet(context, write, objects):
    plugin = ResourceQuota(context)
    objects.put(quota({"pods": "5"}, {}))
    with pytest.raises(StatusError, match="status unknown for quota: q, resources: pods"):
        await plugin.validate(write(pod()))


async def test_limited_resources_need_a_quota(context, write, objects):
    limited = {"limitedResources": [{"resource": "pods", "matchContains": ["requests.cpu"]}]}
    plugin = ResourceQuota(context, limited)
    with pytest.raises(StatusError, match="insufficient quota to consume: requests.cpu"):
        await plugin.validate(write(pod(requests={"cpu": "1"})))
    await plugin.validate(write(pod()))
    objects.put(quota({"requests.cpu": "5"}))
    await plugin.validate(write(pod(requests={"cpu": "1"})))


async def test_claims_by_class_and_counts(context, write, objects):
    plugin = ResourceQuota(context)
    name = "fast.storageclass.storage.k8s.io/requests.storage"
    objects.put(quota({name: "1Gi", "count/leases.coordination.k8s.io": "0"}))
    resources = v1.VolumeResourceRequirements(requests={"storage": "2Gi"})
    spec = v1.PersistentVolumeClaimSpec(resources=resources, storage_class_name="fast")
    claim = v1.PersistentVolumeClaim(metadata=ObjectMeta(name="x", namespace="ns"), spec=spec)
    with pytest.raises(StatusError, match=f"requested: {name}=2Gi"):
        await plugin.validate(write(claim))
    from minik8s.api.coordination_v1 import Lease

    with pytest.raises(StatusError, match="exceeded quota"):
        await plugin.validate(write(Lease(metadata=ObjectMeta(name="l", namespace="ns"))))


def test_init_containers_and_sidecars():
    from minik8s.quota.pod_resources import charged_requests

    def container(name: str, cpu: str, restart: str | None = None) -> v1.Container:
        return v1.Container(name=name, restart_policy=restart, resources=v1.ResourceRequirements(requests={"cpu": cpu}))

    asked = pod(
        init_containers=[container("side", "1", "Always"), container("init", "4")],
        containers=[container("a", "1"), container("b", "1")],
        overhead={"cpu": "1"},
    )
    # The init container runs beside the sidecar: 5 is more than 3, and the overhead comes on top.
    assert charged_requests(asked) == {"cpu": "6"}
