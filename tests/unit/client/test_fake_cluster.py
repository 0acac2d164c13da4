from __future__ import annotations

import pytest

from minik8s.api import apps_v1, autoscaling_v1, core_v1, policy_v1
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.errors import AlreadyExists, Conflict, NotFound
from minik8s.testing.fake_cluster import FakeCluster


def pod(name: str, **meta: object) -> core_v1.Pod:
    return core_v1.Pod(metadata=ObjectMeta(name=name, namespace="default", **meta))  # type: ignore[arg-type]


async def test_an_object_lives_from_create_to_delete() -> None:
    cluster = FakeCluster()
    made = await cluster.create(core_v1.ConfigMap(metadata=ObjectMeta(name="c"), data={"a": "1"}))
    assert made.metadata.uid and made.metadata.namespace == "default" and made.metadata.creation_timestamp
    with pytest.raises(AlreadyExists):
        await cluster.create(core_v1.ConfigMap(metadata=ObjectMeta(name="c")))
    made.data["a"] = "2"
    changed = await cluster.update(made)
    assert changed.metadata.resource_version != made.metadata.resource_version
    with pytest.raises(Conflict):
        await cluster.update(made)
    assert (await cluster.get(core_v1.ConfigMap, "c", "default")).data == {"a": "2"}
    assert await cluster.delete(core_v1.ConfigMap, "c", "default") is None
    with pytest.raises(NotFound):
        await cluster.get(core_v1.ConfigMap, "c", "default")


async def test_generated_names_differ() -> None:
    cluster = FakeCluster()
    names = {(await cluster.create(pod("", generate_name="a-"))).metadata.name for _ in range(3)}
    assert len(names) == 3 and all(n.startswith("a-") for n in names)


async def test_status_and_spec_have_writers_of_their_own() -> None:
    cluster = FakeCluster()
    made = await cluster.create(pod("p"))
    assert made.status.phase == "Pending"
    made.status.phase, made.spec.node_name = "Running", "n"
    made = await cluster.update(made, "status")
    assert (made.status.phase, made.spec.node_name) == ("Running", "")
    made.spec.node_name, made.status.phase = "n", "Failed"
    made = await cluster.update(made)
    assert (made.status.phase, made.spec.node_name, made.metadata.generation) == ("Running", "n", 2)


async def test_finalizers_hold_an_object_until_they_are_gone() -> None:
    cluster = FakeCluster()
    made = await cluster.create(pod("p", finalizers=["x/y"]))
    going = await cluster.delete(core_v1.Pod, "p")
    assert going is not None and going.metadata.deletion_timestamp
    going.metadata.finalizers = []
    await cluster.update(going)
    assert cluster.object(core_v1.Pod, made.metadata.name) is None


async def test_a_bound_pod_is_deleted_gracefully() -> None:
    cluster = FakeCluster()
    await cluster.create(pod("p"))
    target = core_v1.ObjectReference(kind="Node", name="n1")
    await cluster.create(core_v1.Binding(metadata=ObjectMeta(name="p"), target=target), "binding")
    bound = await cluster.get(core_v1.Pod, "p")
    assert bound.spec.node_name == "n1" and bound.status.conditions[0].type == "PodScheduled"
    going = await cluster.delete(core_v1.Pod, "p")
    assert going is not None and going.metadata.deletion_grace_period_seconds == 30
    assert await cluster.delete(core_v1.Pod, "p", grace_period_seconds=0, uid=going.metadata.uid) is None


async def test_eviction_and_scale() -> None:
    cluster = FakeCluster()
    await cluster.create(pod("p"))
    await cluster.create(policy_v1.Eviction(metadata=ObjectMeta(name="p")), "eviction")
    assert cluster.objects(core_v1.Pod) == []
    await cluster.create(apps_v1.Deployment(metadata=ObjectMeta(name="d"), spec=apps_v1.DeploymentSpec(replicas=1)))
    scale = await cluster.get(autoscaling_v1.Scale, "d", subresource="scale", parent=apps_v1.Deployment)
    scale.spec.replicas = 5
    await cluster.update(scale, "scale", parent=apps_v1.Deployment)
    found = cluster.object(apps_v1.Deployment, "d")
    assert found is not None and found.spec.replicas == 5


async def test_pages_and_custom_resources() -> None:
    cluster = FakeCluster()
    resource = cluster.serve("example.com/v1", "things", "Thing")
    for i in range(5):
        meta = {"name": f"t{i}", "namespace": "default"}
        await cluster.create({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": meta})
    page = await cluster.list(resource, limit=3)
    assert [o["metadata"]["name"] for o in page.items] == ["t0", "t1", "t2"]
    rest = await cluster.list(resource, limit=3, continue_=page.continue_)
    assert len(rest.items) == 2 and rest.continue_ == ""
    found, failed = await cluster.dynamic.all()
    assert failed == [] and "things" in {d.resource.plural for d in found}


async def test_merge_patches_and_recorded_actions() -> None:
    pytest.importorskip("minik8s.machinery.patches")
    cluster = FakeCluster()
    await cluster.create(pod("p"))
    cluster.fail("patch", "pods", lambda: Conflict("again"))
    with pytest.raises(Conflict):
        await cluster.patch(core_v1.Pod, "p", {"metadata": {"labels": {"a": "b"}}})
    changed = await cluster.patch(core_v1.Pod, "p", {"metadata": {"labels": {"a": "b"}}})
    assert changed.metadata.labels == {"a": "b"}
    assert [a.verb for a in cluster.actions] == ["create", "patch"]
