"""NodeRestriction: a kubelet writes its own node, the pods bound to it, and what belongs to those; nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.authorization.node import LEASE_NAMESPACE, node_identity
from apiserver.auth.errors import not_found
from apiserver.auth.pod_references import references_of, volume_claim
from apiserver.auth.protocols import Attributes
from minik8s.api.authentication_v1 import TokenRequest
from minik8s.api.core_v1 import Node, PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.storage_v1 import CSIDriver

MIRROR = "kubernetes.io/config.mirror"

_NODE_SIGNERS = ("kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet")
_RESTRICTED = "node-restriction.kubernetes.io"
# Labels of Kubernetes' own domains that a kubelet may set on its node.
_KUBELET_LABELS = frozenset(
    {
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
    }
)
_KUBELET_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")


def _within(domain: str, parent: str) -> bool:
    return domain == parent or domain.endswith("." + parent)


def forbidden_labels(new: dict[str, str], old: dict[str, str]) -> list[str]:
    """The changed labels that a kubelet may not change, sorted."""
    changed = {key for key in new.keys() | old.keys() if new.get(key) != old.get(key)}
    found = []
    for label in changed:
        domain, slash, _ = label.partition("/")
        if not slash:
            continue
        own = label in _KUBELET_LABELS or any(_within(domain, parent) for parent in _KUBELET_DOMAINS)
        kubernetes = _within(domain, "kubernetes.io") or _within(domain, "k8s.io")
        if _within(domain, _RESTRICTED) or (kubernetes and not own):
            found.append(label)
    return sorted(found)


class NodeRestriction(Plugin):
    """Narrows what the node authorizer lets through to the node itself."""

    NAME = "NodeRestriction"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE, Operation.DELETE)

    _RESOURCES = frozenset(
        {
            ("", "pods"),
            ("", "nodes"),
            ("", "persistentvolumeclaims"),
            ("", "serviceaccounts"),
            ("coordination.k8s.io", "leases"),
            ("storage.k8s.io", "csinodes"),
            ("resource.k8s.io", "resourceslices"),
            ("certificates.k8s.io", "certificatesigningrequests"),
        }
    )

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Writes to the resources kubelets write."""
        return operation in self.OPERATIONS and (group, resource) in self._RESOURCES

    async def mutate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403, 404)."""
        node, is_node = node_identity(request.user)
        if not is_node:
            return
        if not node:
            raise request.forbidden(f'could not determine node from user "{request.user.name}"')
        match request.resource:
            case "pods":
                await self._pod(request, node)
            case "nodes":
                self._node(request, node)
            case "persistentvolumeclaims":
                self._claim(request, node)
            case "serviceaccounts":
                await self._token(request, node)
            case "leases":
                self._lease(request, node)
            case "csinodes":
                self._own_name(request, node, "CSINode")
            case "resourceslices":
                self._resource_slice(request, node)
            case "certificatesigningrequests":
                self._certificate(request, node)

    async def _pod(self, request: AdmissionRequest, node: str) -> None:
        match request.subresource:
            case "":
                await self._whole_pod(request, node)
            case "status":
                self._pod_status(request, node)
            case "eviction":
                name = request.name or request.obj.metadata.name
                if not name:
                    raise request.forbidden("could not determine pod from request data")
                pod = await self._stored_pod(request, name)
                if pod.spec.node_name != node:
                    raise request.forbidden(f"node {node} can only evict pods with spec.nodeName set to itself")
            case other:
                raise request.forbidden(
                    f"unexpected pod subresource \"{other}\", only 'status' and 'eviction' are allowed"
                )

    async def _stored_pod(self, request: AdmissionRequest, name: str) -> Pod:
        reader = self.context.reader
        pod = reader.get(Pod, name, request.namespace) or await reader.fetch(Pod, name, request.namespace)
        if pod is None:
            raise not_found("", "pods", name)
        return pod

    async def _whole_pod(self, request: AdmissionRequest, node: str) -> None:
        if request.operation is Operation.DELETE:
            pod = request.old if request.old is not None else await self._stored_pod(request, request.name)
            if pod.spec.node_name != node:
                raise request.forbidden(f'node "{node}" can only delete pods with spec.nodeName set to itself')
            return
        if request.operation is not Operation.CREATE:
            raise request.forbidden(
                f'unexpected operation "{request.operation}", node "{node}" can only create and delete mirror pods'
            )
        pod = request.obj
        if MIRROR not in pod.metadata.annotations:
            raise request.forbidden(
                f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods'
            )
        if pod.spec.node_name != node:
            raise request.forbidden(f'node "{node}" can only create pods with spec.nodeName set to itself')
        self._owner(request, node, pod)
        named = sorted({resource for resource, _ in references_of(pod)} | set(_projected_tokens(pod)))
        if named:
            raise request.forbidden(f'node "{node}" can not create pods that reference {named[0]}')

    def _owner(self, request: AdmissionRequest, node: str, pod: Pod) -> None:
        owners = pod.metadata.owner_references
        start = f'node "{node}" can only create pods with'
        if len(owners) > 1:
            raise request.forbidden(f"{start} a single owner reference set to itself")
        if not owners or (owners[0].api_version, owners[0].kind, owners[0].name) != ("v1", "Node", node):
            raise request.forbidden(f"{start} an owner reference set to itself")
        owner = owners[0]
        if not owner.controller:
            raise request.forbidden(f"{start} a controller owner reference set to itself")
        if owner.block_owner_deletion:
            raise request.forbidden(f'node "{node}" must not set blockOwnerDeletion on an owner reference')
        stored = self.context.reader.get(Node, node)
        if stored is None:
            raise not_found("", "nodes", node)
        if owner.uid != stored.metadata.uid:
            raise request.forbidden(f"node {node} UID mismatch: expected {owner.uid} got {stored.metadata.uid}")

    def _pod_status(self, request: AdmissionRequest, node: str) -> None:
        if request.operation is not Operation.UPDATE:
            raise request.forbidden(f'unexpected operation "{request.operation}"')
        old: Pod = request.old
        new: Pod = request.obj
        if old.spec.node_name != node:
            raise request.forbidden(
                f'node "{node}" can only update pod status for pods with spec.nodeName set to itself'
            )
        if old.metadata.labels != new.metadata.labels:
            raise request.forbidden(f'node "{node}" cannot update labels through pod status')
        if old.status.resource_claim_statuses != new.status.resource_claim_statuses:
            raise request.forbidden(f'node "{node}" cannot update resource claim statues')
        if old.status.extended_resource_claim_status != new.status.extended_resource_claim_status:
            raise request.forbidden(f'node "{node}" cannot update extended resource claim status')

    def _node(self, request: AdmissionRequest, node: str) -> None:
        name = request.name or (request.obj.metadata.name if request.obj is not None else "")
        if name != node:
            raise request.forbidden(f'node "{node}" is not allowed to modify node "{name}"')
        if request.operation is Operation.CREATE:
            new: Node = request.obj
            if new.spec.config_source is not None:
                raise request.forbidden(f'node "{node}" is not allowed to create pods with a non-nil configSource')
            labels = forbidden_labels(new.metadata.labels, {})
            if labels:
                raise request.forbidden(
                    f'node "{node}" is not allowed to set the following labels: {", ".join(labels)}'
                )
        elif request.operation is Operation.UPDATE:
            self._node_update(request, node)

    def _node_update(self, request: AdmissionRequest, node: str) -> None:
        new: Node = request.obj
        old: Node = request.old
        if new.spec.config_source is not None and new.spec.config_source != old.spec.config_source:
            raise request.forbidden(
                f'node "{node}" is not allowed to update configSource to a new non-nil configSource'
            )
        if new.spec.taints != old.spec.taints:
            raise request.forbidden(f'node "{node}" is not allowed to modify taints')
        if new.metadata.owner_references != old.metadata.owner_references:
            raise request.forbidden(f'node "{node}" is not allowed to modify ownerReferences')
        labels = forbidden_labels(new.metadata.labels, old.metadata.labels)
        if labels:
            raise request.forbidden(f"is not allowed to modify labels: {', '.join(labels)}")

    def _claim(self, request: AdmissionRequest, node: str) -> None:
        if request.subresource != "status":
            raise request.forbidden("may only update PVC status")
        if request.operation is not Operation.UPDATE:
            raise request.forbidden(f'unexpected operation "{request.operation}"')
        if _without_node_fields(request.old) != _without_node_fields(request.obj):
            raise request.forbidden(
                f'node "{node}" is not allowed to update fields other than status.quantity and status.conditions'
            )

    async def _token(self, request: AdmissionRequest, node: str) -> None:
        if request.operation is not Operation.CREATE or request.subresource != "token":
            return
        asked: TokenRequest = request.obj
        reference = asked.spec.bound_object_ref
        if reference is None or (reference.api_version, reference.kind) != ("v1", "Pod") or not reference.name:
            raise request.forbidden("node requested token not bound to a pod")
        if not reference.uid:
            raise request.forbidden("node requested token with a pod binding without a uid")
        pod = await self._stored_pod(request, reference.name)
        if pod.metadata.uid != reference.uid:
            pod = await self.context.reader.fetch(Pod, reference.name, request.namespace) or pod
        if pod.metadata.uid != reference.uid:
            raise request.forbidden(
                f"the UID in the bound object reference ({reference.uid}) does not match the UID in record. "
                "The object might have been deleted and then recreated"
            )
        if pod.spec.node_name != node:
            raise request.forbidden("node requested token bound to a pod scheduled on a different node")
        await self._audience(request, asked, pod)

    async def _audience(self, request: AdmissionRequest, asked: TokenRequest, pod: Pod) -> None:
        if len(asked.spec.audiences) > 1:
            raise request.forbidden("node may only request 0 or 1 audiences")
        audience = asked.spec.audiences[0] if asked.spec.audiences else ""
        if audience in self._pod_audiences(pod):
            return
        user = request.user
        wanted = Attributes(
            user,
            "request-serviceaccounts-token-audience",
            request.namespace,
            "",
            "v1",
            audience,
            name=request.name,
        )
        if not (await self.context.authorizer.authorize(wanted)).allowed:
            raise request.forbidden(
                f'audience "{audience}" not found in pod spec volume, {user.name} is not authorized to request '
                "tokens for this audience"
            )

    def _pod_audiences(self, pod: Pod) -> Iterator[str]:
        for volume in pod.spec.volumes:
            for source in volume.projected.sources if volume.projected is not None else ():
                if source.service_account_token is not None:
                    yield source.service_account_token.audience
            name = volume.csi.driver if volume.csi is not None else self._claim_driver(pod, volume_claim(pod, volume))
            driver = self.context.reader.get(CSIDriver, name) if name else None
            for token in driver.spec.token_requests if driver is not None else ():
                yield token.audience

    def _claim_driver(self, pod: Pod, claim_name: str) -> str:
        reader = self.context.reader
        claim = reader.get(PersistentVolumeClaim, claim_name, pod.metadata.namespace) if claim_name else None
        volume = reader.get(PersistentVolume, claim.spec.volume_name) if claim is not None else None
        return volume.spec.csi.driver if volume is not None and volume.spec.csi is not None else ""

    def _own_name(self, request: AdmissionRequest, node: str, what: str) -> None:
        name = request.obj.metadata.name if request.operation is Operation.CREATE else request.name
        if name != node:
            raise request.forbidden(f"can only access {what} with the same name as the requesting node")

    def _lease(self, request: AdmissionRequest, node: str) -> None:
        if request.namespace != LEASE_NAMESPACE:
            raise request.forbidden(f'can only access leases in the "{LEASE_NAMESPACE}" system namespace')
        self._own_name(request, node, "node lease")

    def _resource_slice(self, request: AdmissionRequest, node: str) -> None:
        if request.operation is Operation.CREATE and request.obj.spec.node_name != node:
            raise request.forbidden("can only create ResourceSlice with the same NodeName as the requesting node")
        if request.operation is Operation.DELETE and request.old.spec.node_name != node:
            raise request.forbidden("can only delete ResourceSlice with the same NodeName as the requesting node")

    def _certificate(self, request: AdmissionRequest, node: str) -> None:
        if request.operation is not Operation.CREATE or request.obj.spec.signer_name not in _NODE_SIGNERS:
            return
        try:
            parsed = x509.load_pem_x509_csr(request.obj.spec.request)
        except ValueError as error:
            raise request.forbidden(f"unable to parse csr: {error}") from error
        names = [attribute.value for attribute in parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        if names != [f"system:node:{node}"]:
            raise request.forbidden(f"can only create a node CSR with CN=system:node:{node}")


def _projected_tokens(pod: Pod) -> Iterator[str]:
    for volume in pod.spec.volumes:
        for source in volume.projected.sources if volume.projected is not None else ():
            if source.service_account_token is not None:
                yield "serviceaccounts"
            if source.cluster_trust_bundle is not None:
                yield "clustertrustbundles"


def _without_node_fields(claim: PersistentVolumeClaim) -> PersistentVolumeClaim:
    metadata = msgspec.structs.replace(claim.metadata, resource_version="", managed_fields=[])
    status = msgspec.structs.replace(
        claim.status, capacity={}, conditions=[], allocated_resource_statuses={}, allocated_resources={}
    )
    return msgspec.structs.replace(claim, metadata=metadata, status=status)
