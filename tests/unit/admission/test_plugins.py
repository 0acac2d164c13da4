from __future__ import annotations

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.admission.plugins.always_pull_images import AlwaysPullImages
from apiserver.admission.plugins.anti_affinity import LimitPodHardAntiAffinityTopology
from apiserver.admission.plugins.certificates import (
    CertificateApproval,
    CertificateSigning,
    CertificateSubjectRestriction,
)
from apiserver.admission.plugins.claim_resize import PersistentVolumeClaimResize
from apiserver.admission.plugins.default_ingress_class import DefaultIngressClass
from apiserver.admission.plugins.default_storage_class import DefaultStorageClass
from apiserver.admission.plugins.default_tolerations import DefaultTolerationSeconds
from apiserver.admission.plugins.deny_external_ips import DenyServiceExternalIPs
from apiserver.admission.plugins.event_rate_limit import EventRateLimit
from apiserver.admission.plugins.extended_resource_toleration import ExtendedResourceToleration
from apiserver.admission.plugins.namespace_auto_provision import NamespaceAutoProvision
from apiserver.admission.plugins.namespace_lifecycle import NamespaceLifecycle
from apiserver.admission.plugins.node_taint import TaintNodesByCondition
from apiserver.admission.plugins.owner_references import OwnerReferencesPermissionEnforcement
from apiserver.admission.plugins.pod_node_selector import PodNodeSelector
from apiserver.admission.plugins.pod_topology_labels import PodTopologyLabels
from apiserver.admission.plugins.priority import Priority
from apiserver.admission.plugins.runtime_class import RuntimeClass as RuntimeClassPlugin
from apiserver.admission.plugins.storage_in_use import StorageObjectInUseProtection
from apiserver.auth.bootstrap.notation import rules
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import User
from minik8s.api import core_v1 as v1
from minik8s.api.certificates_v1 import (
    CertificateSigningRequest,
    CertificateSigningRequestCondition,
    CertificateSigningRequestSpec,
    CertificateSigningRequestStatus,
)
from minik8s.api.meta_v1 import ObjectMeta, OwnerReference
from minik8s.api.networking_v1 import Ingress, IngressClass
from minik8s.api.node_v1 import Overhead, RuntimeClass, Scheduling
from minik8s.api.rbac_v1 import ClusterRole, ClusterRoleBinding, RoleRef, Subject
from minik8s.api.scheduling_v1 import PriorityClass
from minik8s.api.storage_v1 import StorageClass


def pod(name: str = "x", **spec) -> v1.Pod:
    spec.setdefault("containers", [v1.Container(name="c", image="app:1")])
    return v1.Pod(metadata=ObjectMeta(name=name, namespace="ns"), spec=v1.PodSpec(**spec))


def allow(objects, *lines: str) -> None:
    objects.put(ClusterRole(metadata=ObjectMeta(name="r"), rules=rules(lines)))
    objects.put(
        ClusterRoleBinding(
            metadata=ObjectMeta(name="b"),
            role_ref=RoleRef(kind="ClusterRole", name="r"),
            subjects=[Subject(kind="User", name="alice")],
        )
    )


async def refused(awaitable, text: str, code: int = 403) -> StatusError:
    with pytest.raises(StatusError) as caught:
        await awaitable
    assert caught.value.code == code
    assert text in caught.value.status.message
    return caught.value


async def test_namespace_lifecycle(context, write, objects):
    plugin = NamespaceLifecycle(context)
    config_map = v1.ConfigMap(metadata=ObjectMeta(name="x", namespace="refterm"))
    await refused(plugin.mutate(write(config_map)), 'namespaces "refterm" not found', 404)
    objects.put(v1.Namespace(metadata=ObjectMeta(name="refterm"), status=v1.NamespaceStatus(phase="Terminating")))
    error = await refused(plugin.mutate(write(config_map)), "because it is being terminated")
    assert error.status.message == (
        'configmaps "x" is forbidden: unable to create new content in namespace refterm because it is being terminated'
    )
    (cause,) = error.status.details.causes
    assert (cause.reason, cause.field) == ("NamespaceTerminating", "metadata.namespace")
    await plugin.mutate(write(config_map, config_map))
    kept = v1.Namespace(metadata=ObjectMeta(name="kube-system"))
    await refused(
        plugin.mutate(write(None, kept)), 'namespaces "kube-system" is forbidden: this namespace may not be deleted'
    )


async def test_namespace_auto_provision(context, write, objects):
    config_map = v1.ConfigMap(metadata=ObjectMeta(name="x", namespace="new"))
    await NamespaceAutoProvision(context).mutate(write(config_map))
    assert objects.get(v1.Namespace, "new") is not None


async def test_priority(context, write, objects):
    plugin = Priority(context)
    plain = pod()
    await plugin.mutate(write(plain))
    assert (plain.spec.priority, plain.spec.preemption_policy) == (0, "PreemptLowerPriority")
    await refused(
        plugin.mutate(write(pod(priority=7))),
        'pods "x" is forbidden: the integer value of priority (7) must not be provided in pod spec; priority '
        "admission controller computed 0 from the given PriorityClass name",
    )
    await refused(plugin.mutate(write(pod(priority_class_name="nope"))), "no PriorityClass with name nope was found")
    high = PriorityClass(metadata=ObjectMeta(name="high"), value=1000, preemption_policy="Never", global_default=True)
    objects.put(high)
    chosen = pod()
    await plugin.mutate(write(chosen))
    assert (chosen.spec.priority, chosen.spec.priority_class_name) == (1000, "high")
    assert chosen.spec.preemption_policy == "Never"
    again = pod()
    await plugin.mutate(write(again, chosen))
    assert again.spec.priority == 1000
    second = PriorityClass(metadata=ObjectMeta(name="other"), value=1, global_default=True)
    await refused(plugin.validate(write(second)), "PriorityClass high is already marked as default")
    await plugin.validate(write(high, high))


async def test_default_tolerations(context, write):
    plugin = DefaultTolerationSeconds(context, {"unreachableSeconds": 20})
    plain = pod()
    await plugin.mutate(write(plain))
    assert [(t.key, t.toleration_seconds) for t in plain.spec.tolerations] == [
        ("node.kubernetes.io/not-ready", 300),
        ("node.kubernetes.io/unreachable", 20),
    ]
    tolerant = pod(tolerations=[v1.Toleration(operator="Exists")])
    await plugin.mutate(write(tolerant))
    assert len(tolerant.spec.tolerations) == 1


async def test_new_nodes_are_tainted(context, write):
    node = v1.Node(metadata=ObjectMeta(name="n"))
    plugin = TaintNodesByCondition(context)
    for _ in range(2):
        await plugin.mutate(write(node))
    assert [(taint.key, taint.effect) for taint in node.spec.taints] == [("node.kubernetes.io/not-ready", "NoSchedule")]


async def test_always_pull_images(context, write):
    plugin = AlwaysPullImages(context)
    new = pod()
    await plugin.mutate(write(new))
    assert new.spec.containers[0].image_pull_policy == "Always"
    await plugin.validate(write(new))
    new.spec.containers[0].image_pull_policy = "Never"
    await refused(plugin.validate(write(new)), 'spec.containers[0].imagePullPolicy: Unsupported value: "Never"')
    await plugin.validate(write(new, new))


async def test_pod_node_selector(context, write, objects):
    objects.put(
        v1.Namespace(
            metadata=ObjectMeta(name="ns", annotations={"scheduler.alpha.kubernetes.io/node-selector": "env=test"})
        )
    )
    plugin = PodNodeSelector(context, {"podNodeSelectorPluginConfig": {"ns": "env=test,disk=ssd"}})
    new = pod(node_selector={"disk": "ssd"})
    await plugin.mutate(write(new))
    assert new.spec.node_selector == {"env": "test", "disk": "ssd"}
    await plugin.validate(write(new))
    await refused(plugin.mutate(write(pod(node_selector={"env": "prod"}))), "conflicts with its namespace")
    wild = pod(node_selector={"env": "test", "other": "x"})
    await refused(plugin.validate(write(wild)), "conflict with its namespace whitelist")


async def test_extended_resources_are_tolerated(context, write):
    container = v1.Container(name="c", resources=v1.ResourceRequirements(requests={"example.com/gpu": "1", "cpu": "1"}))
    new = pod(containers=[container])
    await ExtendedResourceToleration(context).mutate(write(new))
    assert [(t.key, t.operator) for t in new.spec.tolerations] == [("example.com/gpu", "Exists")]


def storage_class(name: str, created: str, **more) -> StorageClass:
    return StorageClass(
        metadata=ObjectMeta(
            name=name,
            creation_timestamp=created,
            annotations={"storageclass.kubernetes.io/is-default-class": "true"},
        ),
        provisioner="x",
        **more,
    )


def claim(size: str = "1Gi", **spec) -> v1.PersistentVolumeClaim:
    resources = v1.VolumeResourceRequirements(requests={"storage": size})
    return v1.PersistentVolumeClaim(
        metadata=ObjectMeta(name="data", namespace="ns"), spec=v1.PersistentVolumeClaimSpec(resources=resources, **spec)
    )


async def test_default_storage_class(context, write, objects):
    plugin = DefaultStorageClass(context)
    none = claim()
    await plugin.mutate(write(none))
    assert none.spec.storage_class_name is None
    objects.put(storage_class("old", "2026-01-01T00:00:00Z"))
    objects.put(storage_class("new", "2026-01-02T00:00:00Z"))
    objects.put(storage_class("newer-by-name", "2026-01-02T00:00:00Z"))
    some = claim()
    await plugin.mutate(write(some))
    assert some.spec.storage_class_name == "new"
    manual = claim(storage_class_name="")
    await plugin.mutate(write(manual))
    assert manual.spec.storage_class_name == ""


async def test_default_ingress_class(context, write, objects):
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"}
    objects.put(IngressClass(metadata=ObjectMeta(name="nginx", annotations=annotations)))
    ingress = Ingress(metadata=ObjectMeta(name="i", namespace="ns"))
    await DefaultIngressClass(context).mutate(write(ingress))
    assert ingress.spec.ingress_class_name == "nginx"


async def test_storage_in_use(context, write):
    new = claim()
    plugin = StorageObjectInUseProtection(context)
    for _ in range(2):
        await plugin.mutate(write(new))
    assert new.metadata.finalizers == ["kubernetes.io/pvc-protection"]


async def test_claims_grow_only_if_their_class_can(context, write, objects):
    plugin = PersistentVolumeClaimResize(context)
    old, new = claim("1Gi", storage_class_name="fast"), claim("2Gi", storage_class_name="fast")
    await plugin.validate(write(old, new))
    await refused(plugin.validate(write(new, old)), "Only bound persistent volume claims can be expanded")
    old.status.phase = "Bound"
    await refused(plugin.validate(write(new, old)), "only dynamically provisioned pvc can be resized")
    objects.put(storage_class("fast", "2026-01-01T00:00:00Z", allow_volume_expansion=True))
    await plugin.validate(write(new, old))


async def test_external_ips(context, write):
    plugin = DenyServiceExternalIPs(context)
    service = v1.Service(metadata=ObjectMeta(name="s", namespace="ns"), spec=v1.ServiceSpec(external_ips=["1.2.3.4"]))
    await refused(plugin.validate(write(service)), "Use of external IPs is denied by admission control")
    await plugin.validate(write(service, service))


async def test_anti_affinity_topology(context, write):
    term = v1.PodAffinityTerm(topology_key="zone")
    affinity = v1.Affinity(
        pod_anti_affinity=v1.PodAntiAffinity(required_during_scheduling_ignored_during_execution=[term])
    )
    plugin = LimitPodHardAntiAffinityTopology(context)
    await refused(plugin.validate(write(pod(affinity=affinity))), "has TopologyKey zone but only key")


async def test_runtime_class(context, write, objects):
    plugin = RuntimeClassPlugin(context)
    await refused(plugin.mutate(write(pod(runtime_class_name="nope"))), 'pod rejected: RuntimeClass "nope" not found')
    objects.put(
        RuntimeClass(
            metadata=ObjectMeta(name="vm"),
            handler="vm",
            overhead=Overhead(pod_fixed={"memory": "64Mi"}),
            scheduling=Scheduling(
                node_selector={"vm": "yes"}, tolerations=[v1.Toleration(key="vm", operator="Exists")]
            ),
        )
    )
    new = pod(runtime_class_name="vm", node_selector={"a": "b"})
    await plugin.mutate(write(new))
    await plugin.validate(write(new))
    assert new.spec.overhead == {"memory": "64Mi"}
    assert new.spec.node_selector == {"a": "b", "vm": "yes"}
    assert len(new.spec.tolerations) == 1
    await refused(plugin.mutate(write(pod(runtime_class_name="vm", node_selector={"vm": "no"}))), "conflict")
    await refused(plugin.validate(write(pod(overhead={"cpu": "1"}))), "set without corresponding RuntimeClass")


async def test_topology_labels(context, write, objects):
    objects.put(v1.Node(metadata=ObjectMeta(name="n", labels={"topology.kubernetes.io/zone": "z", "other": "x"})))
    binding = v1.Binding(metadata=ObjectMeta(name="x", namespace="ns"), target=v1.ObjectReference(name="n"))
    plugin = PodTopologyLabels(context)
    request = write(binding, subresource="binding", resource="pods")
    assert plugin.handles(request.operation, request.group, request.resource, request.subresource)
    await plugin.mutate(request)
    assert binding.metadata.labels == {"topology.kubernetes.io/zone": "z"}


def certificate_request(signer: str, *groups: str) -> CertificateSigningRequest:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, "me")]
    names += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    key = ec.generate_private_key(ec.SECP256R1())
    pem = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names)).sign(key, hashes.SHA256())
    return CertificateSigningRequest(
        metadata=ObjectMeta(name="csr"),
        spec=CertificateSigningRequestSpec(request=pem.public_bytes(Encoding.PEM), signer_name=signer),
    )


async def test_certificates(context, write, objects):
    csr = certificate_request("example.com/mine")
    approve = write(csr, csr, subresource="approval")
    await refused(
        CertificateApproval(context).validate(approve),
        'user not permitted to approve requests with signerName "example.com/mine"',
    )
    signed = msgspec.structs.replace(csr, status=CertificateSigningRequestStatus(certificate=b"x"))
    sign = write(signed, csr, subresource="status")
    await refused(CertificateSigning(context).validate(sign), 'not permitted to sign requests with signerName "example')
    await CertificateSigning(context).validate(write(csr, csr, subresource="status"))
    allow(
        objects,
        "approve certificates.k8s.io: signers = example.com/*",
        "sign certificates.k8s.io: signers = example.com/mine",
    )
    await CertificateApproval(context).validate(approve)
    await CertificateSigning(context).validate(sign)
    condition = CertificateSigningRequestCondition(type="Failed")
    failed = msgspec.structs.replace(csr, status=CertificateSigningRequestStatus(conditions=[condition]))
    await CertificateSigning(context).validate(write(failed, csr, subresource="status"))


async def test_nobody_asks_for_masters(context, write):
    plugin = CertificateSubjectRestriction(context)
    await refused(
        plugin.validate(write(certificate_request("kubernetes.io/kube-apiserver-client", "system:masters"))),
        "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
    )
    await plugin.validate(write(certificate_request("kubernetes.io/kube-apiserver-client", "devs")))
    await plugin.validate(write(certificate_request("example.com/x", "system:masters")))


def owned(*owners: OwnerReference) -> v1.ConfigMap:
    return v1.ConfigMap(metadata=ObjectMeta(name="x", namespace="ns", owner_references=list(owners)))


async def test_owner_references(context, write, objects):
    plugin = OwnerReferencesPermissionEnforcement(context)
    owner = OwnerReference(api_version="apps/v1", kind="Deployment", name="d", uid="1")
    await plugin.validate(write(owned(owner)))
    await refused(
        plugin.validate(write(owned(owner), owned())), "cannot set an ownerRef on a resource you can't delete"
    )
    blocking = msgspec.structs.replace(owner, block_owner_deletion=True)
    await refused(plugin.validate(write(owned(blocking))), "you can't set finalizers on")
    allow(objects, "delete core: configmaps", "update apps: deployments/finalizers")
    await plugin.validate(write(owned(owner), owned()))
    await plugin.validate(write(owned(blocking)))
    unknown = msgspec.structs.replace(blocking, kind="Nothing", uid="2")
    await refused(plugin.validate(write(owned(unknown))), "cannot find RESTMapping for APIVersion apps/v1 Kind Nothing")


async def test_event_rate_limit(context):
    moment = [0.0]
    context.now = lambda: moment[0]
    plugin = EventRateLimit(context, {"limits": [{"type": "Namespace", "qps": 1, "burst": 2}]})

    def event(namespace: str) -> AdmissionRequest:
        return AdmissionRequest(
            operation=Operation.CREATE, resource="events", namespace=namespace, user=User("a"), obj=v1.Event()
        )

    await plugin.validate(event("a"))
    await plugin.validate(event("a"))
    error = await refused(plugin.validate(event("a")), "limit reached on type Namespace for key a", 429)
    assert error.status.details.retry_after_seconds == 1
    await plugin.validate(event("b"))
    moment[0] = 1.0
    await plugin.validate(event("a"))
    with pytest.raises(ValueError, match="limit type"):
        EventRateLimit(context, {"limits": [{"type": "X"}]})


async def test_a_runtime_class_without_a_name_is_refused_as_the_client_does(context, write) -> None:
    await refused(RuntimeClassPlugin(context).mutate(write(pod(runtime_class_name=""))), "may not be empty", 500)
