from __future__ import annotations

import msgspec

from controllers.namespace.controller import NamespaceController
from controllers.serviceaccount.accounts import ServiceAccountController
from controllers.serviceaccount.root_ca import RootCAPublisher
from minik8s.api.core_v1 import ConfigMap, Namespace, NamespaceCondition, Pod, ServiceAccount
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.errors import Forbidden
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


def namespace(name: str = "ns") -> Namespace:
    made = Namespace(metadata=ObjectMeta(name=name))
    made.spec.finalizers, made.status.phase = ["kubernetes"], "Active"
    return made


def map_of(name: str, finalizers: list[str] | None = None) -> ConfigMap:
    return ConfigMap(metadata=ObjectMeta(name=name, namespace="ns", finalizers=finalizers or []))


def told(cluster: FakeCluster, type_: str) -> NamespaceCondition:
    found = cluster.object(Namespace, "ns")
    assert found is not None
    return next(c for c in found.status.conditions if c.type == type_)


async def test_a_deleted_namespace_loses_everything_and_goes() -> None:
    cluster = FakeCluster()
    widgets = cluster.serve("example.com/v1", "widgets", "Widget")
    cluster.add(namespace(), map_of("a"), map_of("b"))
    cluster.add({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "ns"}})
    cluster.add(ConfigMap(metadata=ObjectMeta(name="elsewhere", namespace="default")))
    async with running(cluster, NamespaceController()) as at_work:
        assert len(cluster.objects(ConfigMap, "ns")) == 2
        await cluster.delete(Namespace, "ns")
        await at_work.advance(1)
        assert cluster.objects(ConfigMap, "ns") == [] and cluster.objects(widgets) == []
        assert cluster.object(Namespace, "ns") is None
        assert len(cluster.objects(ConfigMap)) == 1


async def test_pods_go_before_what_they_use() -> None:
    cluster = FakeCluster()
    pod = build.pod("p")
    pod.metadata.namespace = "ns"
    cluster.add(namespace(), map_of("a"), pod)
    async with running(cluster, NamespaceController()) as at_work:
        await cluster.delete(Namespace, "ns")
        await at_work.advance(0.2)
        remaining = told(cluster, "NamespaceContentRemaining")
        assert (remaining.status, remaining.reason) == ("True", "SomeResourcesRemain")
        assert remaining.message == "Some resources are remaining: pods. has 1 resource instances"
        assert len(cluster.objects(ConfigMap)) == 1
        cluster.remove(Pod, "p", "ns")
        await at_work.settle()
        assert cluster.object(Namespace, "ns") is None


async def test_finalizers_are_named() -> None:
    cluster = FakeCluster()
    cluster.add(namespace(), map_of("a", ["example.com/hold"]))
    async with running(cluster, NamespaceController()) as at_work:
        await cluster.delete(Namespace, "ns")
        await at_work.advance(0.2)
        held = told(cluster, "NamespaceFinalizersRemaining")
        text = "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances"
        assert (held.status, held.reason, held.message) == ("True", "SomeFinalizersRemain", text)
        assert told(cluster, "NamespaceDeletionContentFailure").status == "False"
        cluster.remove(ConfigMap, "a", "ns")
        await at_work.advance(2)
        assert cluster.object(Namespace, "ns") is None


async def test_a_failure_is_told_and_holds_the_namespace() -> None:
    cluster = FakeCluster()
    cluster.add(namespace(), map_of("a"))
    cluster.fail("deletecollection", "configmaps", lambda: Forbidden("a webhook said no"))
    async with running(cluster, NamespaceController()) as at_work:
        await cluster.delete(Namespace, "ns")
        await at_work.advance(0.2)
        failure = told(cluster, "NamespaceDeletionContentFailure")
        assert (failure.status, failure.reason) == ("True", "ContentDeletionFailed")
        assert "a webhook said no" in failure.message
        await at_work.advance(60)
        assert cluster.object(Namespace, "ns") is None


async def test_every_namespace_has_its_account_and_its_ca() -> None:
    cluster = FakeCluster()
    cluster.add(namespace("one"))
    async with running(cluster, ServiceAccountController(), RootCAPublisher("PEM")) as at_work:
        cluster.add(namespace("two"))
        await at_work.settle()
        assert [(a.metadata.namespace, a.metadata.name) for a in cluster.objects(ServiceAccount)] == [
            ("one", "default"),
            ("two", "default"),
        ]
        cluster.remove(ServiceAccount, "default", "one")
        cluster.modify(ConfigMap, "kube-root-ca.crt", lambda m: m.data.update({"ca.crt": "forged"}), "two")
        await at_work.settle()
        assert len(cluster.objects(ServiceAccount)) == 2
        assert [m.data for m in cluster.objects(ConfigMap)] == [{"ca.crt": "PEM"}] * 2
        cluster.modify(Namespace, "one", lambda n: setattr(n.status, "phase", "Terminating"))
        cluster.remove(ServiceAccount, "default", "one")
        await at_work.settle()
        assert len(cluster.objects(ServiceAccount)) == 1


def test_the_conditions_are_those_of_kubernetes() -> None:
    from controllers.namespace.conditions import conditions_of
    from controllers.namespace.content import Left

    left = Left(undiscovered=["metrics.k8s.io/v1beta1"])
    found = {c.type: c for c in conditions_of(left)}
    assert found["NamespaceDeletionDiscoveryFailure"].reason == "DiscoveryFailed"
    assert "metrics.k8s.io/v1beta1: the server is currently" in found["NamespaceDeletionDiscoveryFailure"].message
    assert msgspec.json.encode(found["NamespaceContentRemaining"].reason) == b'"ContentRemoved"'
    assert len(found) == 5
