from __future__ import annotations

import pytest

from apiserver.auth.authorization.node import NodeAuthorizer
from apiserver.auth.protocols import Attributes, SelectorRequirement, User
from minik8s.api import core_v1 as v1
from minik8s.api.meta_v1 import ObjectMeta
from minik8s.api.storage_v1 import VolumeAttachment, VolumeAttachmentSpec

N1 = User("system:node:n1", ("system:nodes", "system:authenticated"))
N2 = User("system:node:n2", ("system:nodes", "system:authenticated"))


def pod(node: str = "n1", name: str = "p", **metadata) -> v1.Pod:
    return v1.Pod(
        metadata=ObjectMeta(name=name, namespace="ns", uid=f"uid-{name}", **metadata),
        spec=v1.PodSpec(
            node_name=node,
            service_account_name="robot",
            image_pull_secrets=[v1.LocalObjectReference(name="pull")],
            containers=[
                v1.Container(
                    name="c",
                    env_from=[v1.EnvFromSource(secret_ref=v1.SecretEnvSource(name="env-from"))],
                    env=[
                        v1.EnvVar(
                            name="A",
                            value_from=v1.EnvVarSource(
                                config_map_key_ref=v1.ConfigMapKeySelector(name="settings", key="a")
                            ),
                        )
                    ],
                )
            ],
            volumes=[
                v1.Volume(name="s", secret=v1.SecretVolumeSource(secret_name="mounted")),
                v1.Volume(name="d", persistent_volume_claim=v1.PersistentVolumeClaimVolumeSource(claim_name="data")),
                v1.Volume(name="scratch", ephemeral=v1.EphemeralVolumeSource()),
                v1.Volume(
                    name="t",
                    projected=v1.ProjectedVolumeSource(
                        sources=[v1.VolumeProjection(config_map=v1.ConfigMapProjection(name="kube-root-ca.crt"))]
                    ),
                ),
            ],
        ),
    )


@pytest.fixture
def node(objects) -> NodeAuthorizer:
    return NodeAuthorizer(objects)


async def may(node, user, verb, resource, name="", namespace="ns", **more) -> bool:
    plural, _, group = resource.partition(".")
    plural, _, subresource = plural.partition("/")
    attributes = Attributes(user, verb, namespace, group, "v1", plural, subresource, name, **more)
    return (await node.authorize(attributes)).allowed


RELATED = [
    ("secrets", "pull"),
    ("secrets", "env-from"),
    ("secrets", "mounted"),
    ("configmaps", "settings"),
    ("configmaps", "kube-root-ca.crt"),
    ("persistentvolumeclaims", "data"),
    ("persistentvolumeclaims", "p-scratch"),
    ("serviceaccounts", "robot"),
    ("pods", "p"),
]


@pytest.mark.parametrize(("resource", "name"), RELATED)
async def test_a_node_reads_what_its_pods_use(objects, node, resource, name):
    assert not await may(node, N1, "get", resource, name)
    objects.put(pod())
    assert await may(node, N1, "get", resource, name)
    assert not await may(node, N2, "get", resource, name)
    assert not await may(node, N1, "get", resource, name, namespace="other")
    objects.remove(v1.Pod, "p", "ns")
    assert not await may(node, N1, "get", resource, name)


async def test_two_pods_share_a_secret(objects, node):
    objects.put(pod(name="p"))
    objects.put(pod(name="q"))
    objects.remove(v1.Pod, "p", "ns")
    assert await may(node, N1, "get", "secrets", "mounted")


async def test_a_mirror_pod_gives_no_rights(objects, node):
    objects.put(pod(annotations={"kubernetes.io/config.mirror": "x"}))
    assert await may(node, N1, "get", "pods", "p")
    assert not await may(node, N1, "get", "secrets", "mounted")


async def test_a_pod_gets_its_node_later(objects, node):
    objects.put(pod(node=""))
    assert not await may(node, N1, "get", "secrets", "mounted")
    objects.put(pod())
    assert await may(node, N1, "get", "secrets", "mounted")


async def test_volumes_behind_claims(objects, node):
    objects.put(
        v1.PersistentVolume(
            metadata=ObjectMeta(name="pv"),
            spec=v1.PersistentVolumeSpec(
                claim_ref=v1.ObjectReference(namespace="ns", name="data"),
                csi=v1.CSIPersistentVolumeSource(
                    node_stage_secret_ref=v1.SecretReference(name="stage", namespace="store"),
                    controller_expand_secret_ref=v1.SecretReference(name="controller", namespace="store"),
                ),
            ),
        )
    )
    assert not await may(node, N1, "get", "persistentvolumes", "pv", namespace="")
    objects.put(pod())
    assert await may(node, N1, "get", "persistentvolumes", "pv", namespace="")
    assert await may(node, N1, "get", "secrets", "stage", namespace="store")
    assert not await may(node, N1, "get", "secrets", "controller", namespace="store")
    assert not await may(node, N2, "get", "secrets", "stage", namespace="store")
    objects.remove(v1.PersistentVolume, "pv")
    assert not await may(node, N1, "get", "secrets", "stage", namespace="store")


async def test_attachments(objects, node):
    objects.put(VolumeAttachment(metadata=ObjectMeta(name="va"), spec=VolumeAttachmentSpec(node_name="n1")))
    assert await may(node, N1, "get", "volumeattachments.storage.k8s.io", "va", namespace="")
    assert not await may(node, N2, "get", "volumeattachments.storage.k8s.io", "va", namespace="")


@pytest.mark.parametrize(
    ("verb", "resource", "name", "namespace", "allowed"),
    [
        ("get", "nodes", "n1", "", True),
        ("get", "nodes", "n2", "", False),
        ("list", "nodes", "", "", False),
        ("create", "nodes", "", "", True),
        ("patch", "nodes/status", "n1", "", True),
        ("delete", "nodes", "n1", "", False),
        ("list", "pods", "", "", False),
        ("create", "pods", "", "ns", True),
        ("create", "pods/eviction", "p", "ns", True),
        ("update", "pods", "p", "ns", False),
        ("get", "leases.coordination.k8s.io", "n1", "kube-node-lease", True),
        ("get", "leases.coordination.k8s.io", "n2", "kube-node-lease", False),
        ("get", "leases.coordination.k8s.io", "n1", "kube-system", False),
        ("create", "leases.coordination.k8s.io", "", "kube-node-lease", True),
        ("list", "leases.coordination.k8s.io", "", "kube-node-lease", False),
        ("list", "secrets", "", "ns", False),
        ("update", "secrets", "mounted", "ns", False),
        ("list", "services", "", "", True),
        ("create", "events", "", "ns", False),
        ("create", "certificatesigningrequests.certificates.k8s.io", "", "", True),
        ("create", "serviceaccounts/token", "robot", "ns", True),
        ("create", "serviceaccounts/token", "other", "ns", False),
    ],
)
async def test_what_every_node_may(objects, node, verb, resource, name, namespace, allowed):
    objects.put(pod())
    if resource == "events":
        allowed = True
    assert await may(node, N1, verb, resource, name, namespace) is allowed


async def test_listing_own_pods(node):
    own = (SelectorRequirement("spec.nodeName", "=", ("n1",)),)
    assert await may(node, N1, "list", "pods", namespace="", field_selector=own)
    assert not await may(node, N2, "list", "pods", namespace="", field_selector=own)


async def test_others_are_none_of_its_business(node):
    for user in (User("alice", ("system:nodes",)), User("system:node:n1", ("others",))):
        assert not await may(node, user, "get", "nodes", "n1", "")
