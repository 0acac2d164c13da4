from __future__ import annotations

from typing import Any

from controllers.garbagecollector.controller import GarbageCollector
from minik8s.api.apiextensions_v1 import CustomResourceDefinition
from minik8s.api.apps_v1 import ReplicaSet
from minik8s.api.core_v1 import ConfigMap, Event, Namespace, Pod
from minik8s.api.object_meta import ObjectMeta, OwnerReference
from minik8s.api.objects import Object
from minik8s.machinery.owners import owner_reference
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster


def named(name: str, *owners: Object | OwnerReference, finalizers: tuple[str, ...] = ()) -> ConfigMap:
    references = [o if isinstance(o, OwnerReference) else owner_reference(o) for o in owners]
    meta = ObjectMeta(
        name=name, namespace="default", uid=f"uid-{name}", owner_references=references, finalizers=list(finalizers)
    )
    return ConfigMap(metadata=meta)


def left(cluster: FakeCluster) -> list[str]:
    return [m.metadata.name for m in cluster.objects(ConfigMap)]


def strange(kind: str, name: str, version: str = "v1") -> OwnerReference:
    return OwnerReference(api_version=version, kind=kind, name=name, uid=f"uid-{name}", controller=True)


async def test_dependents_follow_their_owner() -> None:
    cluster = FakeCluster()
    owner = named("owner")
    child = named("child", owner)
    cluster.add(owner, child, named("grandchild", child), named("free"))
    async with running(cluster, GarbageCollector()) as at_work:
        assert left(cluster) == ["child", "free", "grandchild", "owner"]
        await cluster.delete(ConfigMap, "owner")
        await at_work.settle()
        assert left(cluster) == ["free"]


async def test_an_object_with_an_owner_left_stays_and_forgets_the_lost_one() -> None:
    cluster = FakeCluster()
    one, two = named("one"), named("two")
    cluster.add(one, two, named("child", one, two))
    async with running(cluster, GarbageCollector()) as at_work:
        await cluster.delete(ConfigMap, "one")
        await at_work.settle()
        child = cluster.object(ConfigMap, "child")
        assert child is not None and [r.name for r in child.metadata.owner_references] == ["two"]


async def test_an_owner_that_never_was_or_is_another_is_no_owner() -> None:
    cluster = FakeCluster()
    other = OwnerReference(api_version="v1", kind="ConfigMap", name="there", uid="another-uid")
    cluster.add(named("there"), named("a", strange("ConfigMap", "never")), named("b", other))
    async with running(cluster, GarbageCollector()):
        assert left(cluster) == ["there"]


async def test_a_reference_with_the_wrong_kind_names_nothing() -> None:
    cluster = FakeCluster()
    wrong = OwnerReference(api_version="v1", kind="Secret", name="there", uid="uid-there")
    cluster.add(named("there"), named("child", wrong))
    async with running(cluster, GarbageCollector()):
        assert left(cluster) == ["there"]


async def test_an_unknown_kind_proves_nothing() -> None:
    cluster = FakeCluster()
    cluster.add(named("child", strange("Gadget", "g", "example.com/v1")))
    async with running(cluster, GarbageCollector()) as at_work:
        await at_work.advance(120)
        assert left(cluster) == ["child"]


async def test_a_namespaced_owner_of_a_cluster_object_is_told_and_nothing_deleted() -> None:
    cluster = FakeCluster()
    owned = Namespace(metadata=ObjectMeta(name="ns", owner_references=[strange("ConfigMap", "x")]))
    cluster.add(owned)
    async with running(cluster, GarbageCollector()) as at_work:
        await at_work.settle()
        assert cluster.object(Namespace, "ns") is not None
        cluster.modify(Namespace, "ns", lambda n: n.metadata.owner_references.append(strange("ConfigMap", "y")))
        await at_work.settle()
        await at_work.recorder.flush()
        assert "OwnerRefInvalidNamespace" in {e.reason for e in cluster.objects(Event)}


async def test_an_owner_in_another_namespace_is_told_and_owns_nothing() -> None:
    cluster = FakeCluster()
    far = named("far")
    far.metadata.namespace = "elsewhere"
    cluster.add(far, named("child", far))
    async with running(cluster, GarbageCollector()) as at_work:
        await at_work.recorder.flush()
        [event] = [e for e in cluster.objects(Event) if e.reason == "OwnerRefInvalidNamespace"]
        assert event.involved_object.name == "child"
        assert event.message.startswith("ownerRef [v1/ConfigMap, namespace: default, name: far, uid: uid-far] ")
        assert cluster.object(ConfigMap, "child", "default") is None


async def test_foreground_deletion_ends_with_the_owner() -> None:
    cluster = FakeCluster()
    owner = named("owner")
    child = named("child", owner, finalizers=("example.com/hold",))
    cluster.add(owner, child, named("grandchild", child))
    async with running(cluster, GarbageCollector()) as at_work:
        await cluster.delete(ConfigMap, "owner", propagation_policy="Foreground")
        await at_work.settle()
        assert left(cluster) == ["child", "owner"]
        held = cluster.object(ConfigMap, "child")
        assert held is not None and held.metadata.deletion_timestamp is not None
        await cluster.patch(ConfigMap, "child", {"metadata": {"finalizers": None}})
        await at_work.settle()
        assert left(cluster) == []


async def test_a_dependent_that_does_not_block_is_not_waited_for() -> None:
    cluster = FakeCluster()
    owner = named("owner")
    loose = owner_reference(owner)
    loose.block_owner_deletion = False
    cluster.add(owner, named("child", loose, finalizers=("example.com/hold",)))
    async with running(cluster, GarbageCollector()) as at_work:
        await cluster.delete(ConfigMap, "owner", propagation_policy="Foreground")
        await at_work.settle()
        child = cluster.object(ConfigMap, "child")
        assert left(cluster) == ["child"] and child is not None and child.metadata.deletion_timestamp is not None


async def test_orphaned_dependents_stay_without_owner() -> None:
    cluster = FakeCluster()
    owner = named("owner")
    cluster.add(owner, named("child", owner))
    async with running(cluster, GarbageCollector()) as at_work:
        await cluster.delete(ConfigMap, "owner", propagation_policy="Orphan")
        await at_work.settle()
        child = cluster.object(ConfigMap, "child")
        assert left(cluster) == ["child"] and child is not None and child.metadata.owner_references == []


async def test_a_circle_of_blocking_owners_is_broken() -> None:
    cluster = FakeCluster()
    one, two = named("one"), named("two")
    one.metadata.owner_references = [owner_reference(two)]
    two.metadata.owner_references = [owner_reference(one)]
    cluster.add(one, two)
    async with running(cluster, GarbageCollector()) as at_work:
        await cluster.delete(ConfigMap, "one", propagation_policy="Foreground")
        await at_work.advance(1)
        assert left(cluster) == []


async def test_custom_resources_are_followed_as_soon_as_they_are_served() -> None:
    cluster = FakeCluster()
    async with running(cluster, GarbageCollector()) as at_work:
        widgets = cluster.serve("example.com/v1", "widgets", "Widget")
        widget: dict[str, Any] = {
            "apiVersion": "example.com/v1",
            "kind": "Widget",
            "metadata": {"name": "w", "namespace": "default", "uid": "uid-w"},
        }
        cluster.add(widget, CustomResourceDefinition(metadata=ObjectMeta(name="widgets.example.com")))
        await at_work.advance(1)
        cluster.add(named("child", strange("Widget", "w", "example.com/v1")))
        await at_work.settle()
        assert left(cluster) == ["child"]
        await cluster.delete(widgets, "w")
        await at_work.settle()
        assert left(cluster) == []


async def test_controllers_of_several_kinds_share_one_cache() -> None:
    from controllers.replicaset.controller import ReplicaSetController
    from tests.unit.controllers import build

    cluster = FakeCluster()
    cluster.add(build.replica_set(replicas=2))
    async with running(cluster, ReplicaSetController(), GarbageCollector()) as at_work:
        assert len(cluster.objects(Pod)) == 2
        assert len(cluster.requests("watch", "pods")) == 1
        await cluster.delete(ReplicaSet, "web")
        await at_work.settle()
        assert cluster.objects(Pod) == []
