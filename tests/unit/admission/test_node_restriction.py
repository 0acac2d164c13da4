from __future__ import annotations

import msgspec
import pytest

from apiserver.admission.plugin import Operation
from apiserver.admission.plugins.node_restriction import NodeRestriction, forbidden_labels
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import User
from minik8s.api import core_v1 as v1
from minik8s.api.authentication_v1 import BoundObjectReference, TokenRequest, TokenRequestSpec
from minik8s.api.coordination_v1 import Lease
from minik8s.api.meta_v1 import ObjectMeta, OwnerReference

N1 = User("system:node:n1", ("system:nodes",))
MIRROR = {"kubernetes.io/config.mirror": "x"}


@pytest.fixture
def plugin(context, objects) -> NodeRestriction:
    objects.put(v1.Node(metadata=ObjectMeta(name="n1", uid="node-uid")))
    return NodeRestriction(context)


def mirror(**spec) -> v1.Pod:
    owner = OwnerReference(api_version="v1", kind="Node", name="n1", uid="node-uid", controller=True)
    return v1.Pod(
        metadata=ObjectMeta(name="p", namespace="ns", annotations=MIRROR, owner_references=[owner]),
        spec=v1.PodSpec(node_name="n1", **spec),
    )


async def refused(awaitable, text: str) -> None:
    with pytest.raises(StatusError) as caught:
        await awaitable
    assert caught.value.code == 403
    assert text in caught.value.status.message


async def test_others_are_not_restricted(plugin, write):
    await plugin.mutate(write(v1.Node(metadata=ObjectMeta(name="other"))))


async def test_mirror_pods(plugin, write):
    await plugin.mutate(write(mirror(), user=N1))
    plain = v1.Pod(metadata=ObjectMeta(name="p", namespace="ns"))
    await refused(plugin.mutate(write(plain, user=N1)), 'node "n1" can only create mirror pods')
    elsewhere = mirror()
    elsewhere.spec.node_name = "n2"
    await refused(plugin.mutate(write(elsewhere, user=N1)), "can only create pods with spec.nodeName set to itself")
    orphan = mirror()
    orphan.metadata.owner_references = []
    await refused(plugin.mutate(write(orphan, user=N1)), "an owner reference set to itself")
    wrong = mirror()
    wrong.metadata.owner_references[0].uid = "x"
    await refused(plugin.mutate(write(wrong, user=N1)), "UID mismatch: expected x got node-uid")
    secret = v1.Volume(name="s", secret=v1.SecretVolumeSource(secret_name="s"))
    await refused(plugin.mutate(write(mirror(volumes=[secret]), user=N1)), "can not create pods that reference secrets")


async def test_pods_of_other_nodes(plugin, write, objects):
    other = objects.put(v1.Pod(metadata=ObjectMeta(name="p", namespace="ns"), spec=v1.PodSpec(node_name="n2")))
    await refused(plugin.mutate(write(None, other, user=N1)), "can only delete pods with spec.nodeName set to itself")
    await refused(plugin.mutate(write(other, other, user=N1, subresource="status")), "can only update pod status")
    eviction = write(other, user=N1, subresource="eviction", resource="pods", name="p", operation=Operation.CREATE)
    await refused(plugin.mutate(eviction), "node n1 can only evict pods with spec.nodeName set to itself")
    mine = v1.Pod(metadata=ObjectMeta(name="m", namespace="ns"), spec=v1.PodSpec(node_name="n1"))
    await plugin.mutate(write(mine, mine, user=N1, subresource="status"))
    labelled = msgspec.structs.replace(mine, metadata=ObjectMeta(name="m", namespace="ns", labels={"a": "b"}))
    await refused(plugin.mutate(write(labelled, mine, user=N1, subresource="status")), "cannot update labels")


async def test_own_node(plugin, write):
    own = v1.Node(metadata=ObjectMeta(name="n1", labels={"kubernetes.io/hostname": "n1", "mine": "x"}))
    await plugin.mutate(write(own, user=N1))
    other = v1.Node(metadata=ObjectMeta(name="n2"))
    await refused(plugin.mutate(write(other, user=N1)), 'node "n1" is not allowed to modify node "n2"')
    labelled = v1.Node(metadata=ObjectMeta(name="n1", labels={"node-role.kubernetes.io/control-plane": ""}))
    await refused(
        plugin.mutate(write(labelled, user=N1)), "set the following labels: node-role.kubernetes.io/control-p"
    )
    await refused(plugin.mutate(write(labelled, own, user=N1)), "is not allowed to modify labels: node-role")
    tainted = msgspec.structs.replace(own, spec=v1.NodeSpec(taints=[v1.Taint(key="a", effect="NoSchedule")]))
    await refused(plugin.mutate(write(tainted, own, user=N1)), "is not allowed to modify taints")


def test_labels_kubelets_may_set():
    labels = {
        "a": "",
        "example.com/x": "",
        "kubernetes.io/arch": "",
        "node.kubernetes.io/x": "",
        "x.kubelet.kubernetes.io/y": "",
        "topology.kubernetes.io/zone": "",
        "x.node-restriction.kubernetes.io/y": "",
        "k8s.io/z": "",
        "app.kubernetes.io/name": "",
    }
    assert forbidden_labels(labels, {}) == ["app.kubernetes.io/name", "k8s.io/z", "x.node-restriction.kubernetes.io/y"]
    assert forbidden_labels(labels, labels) == []


async def test_tokens_for_own_pods_only(plugin, write, objects):
    def request(uid: str, *audiences: str) -> TokenRequest:
        reference = BoundObjectReference(kind="Pod", api_version="v1", name="p", uid=uid)
        return TokenRequest(
            metadata=ObjectMeta(namespace="ns"),
            spec=TokenRequestSpec(bound_object_ref=reference, audiences=list(audiences)),
        )

    def ask(obj):
        return plugin.mutate(
            write(obj, user=N1, subresource="token", resource="serviceaccounts", name="default", namespace="ns")
        )

    await refused(ask(TokenRequest(metadata=ObjectMeta(namespace="ns"))), "token not bound to a pod")
    await refused(ask(request("")), "with a pod binding without a uid")
    projected = v1.ProjectedVolumeSource(
        sources=[
            v1.VolumeProjection(service_account_token=v1.ServiceAccountTokenProjection(path="t")),
            v1.VolumeProjection(service_account_token=v1.ServiceAccountTokenProjection(path="v", audience="vault")),
        ]
    )
    volume = v1.Volume(name="t", projected=projected)
    stored = v1.Pod(
        metadata=ObjectMeta(name="p", namespace="ns", uid="1"), spec=v1.PodSpec(node_name="n1", volumes=[volume])
    )
    objects.put(stored)
    await ask(request("1"))
    await ask(request("1", "vault"))
    await refused(ask(request("1", "other")), 'audience "other" not found in pod spec volume')
    await refused(ask(request("2")), "does not match the UID in record")
    stored.spec.node_name = "n2"
    objects.put(stored)
    await refused(ask(request("1")), "scheduled on a different node")


async def test_leases_and_claims(plugin, write):
    lease = Lease(metadata=ObjectMeta(name="n1", namespace="kube-node-lease"))
    await plugin.mutate(write(lease, user=N1))
    await refused(
        plugin.mutate(write(Lease(metadata=ObjectMeta(name="n2", namespace="kube-node-lease")), user=N1)),
        "can only access node lease with the same name as the requesting node",
    )
    claim = v1.PersistentVolumeClaim(metadata=ObjectMeta(name="c", namespace="ns"))
    await refused(plugin.mutate(write(claim, claim, user=N1)), "may only update PVC status")
    grown = msgspec.structs.replace(claim, status=v1.PersistentVolumeClaimStatus(capacity={"storage": "1Gi"}))
    await plugin.mutate(write(grown, claim, user=N1, subresource="status"))
    phased = msgspec.structs.replace(claim, status=v1.PersistentVolumeClaimStatus(phase="Bound"))
    await refused(
        plugin.mutate(write(phased, claim, user=N1, subresource="status")), "is not allowed to update fields other"
    )
