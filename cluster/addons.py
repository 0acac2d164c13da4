"""What a new cluster needs in its API: rights for our daemons, the DNS Service, what `kubectl cluster-info` reads."""

from __future__ import annotations

from typing import Any

from cluster import ingress, metrics
from cluster.credentials import ADMIN_GROUP
from cluster.layout import Layout, Node
from cluster.options import Options
from cluster.processes import DNS_PORT
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, Conflict, NotFound

Document = dict[str, Any]
_RBAC = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]
_ATTEMPTS = 5


def documents(layout: Layout, options: Options, nodes: list[Node], ca: str) -> list[Document]:
    """Every object, in the order it is applied."""
    found = [
        _binding("kubeadm:cluster-admins", "cluster-admin", "Group", ADMIN_GROUP),
        *rights("system:minik8s:network", network_rules()),
        *rights("system:minik8s:dns", [rule(["services", "pods", "namespaces", "nodes"]), _slices()]),
        *_dns(options, nodes[0]),
        *metrics.documents(nodes[0], ca),
        *_ingress(options),
        _storage_class(layout),
        *_cluster_info(layout, options, ca),
    ]
    if options.hollow_nodes:
        found += rights("system:minik8s:hollow", _hollow_rules())
    return found


async def apply(client: ApiClient, wanted: list[Document]) -> None:
    """Create what is missing, change what differs. Raises ApiError."""
    for document in wanted:
        for left in reversed(range(_ATTEMPTS)):
            try:
                await _apply_one(client, document)
                break
            except (Conflict, AlreadyExists):
                # The server itself and its controllers make and change some of them meanwhile.
                if not left:
                    raise


async def _apply_one(client: ApiClient, document: Document) -> None:
    resource = await client.dynamic.resource_of(document)
    meta = document["metadata"]
    try:
        # First: a second Service of a fixed address is refused for the address, not for its name.
        held = await client.get(resource, meta["name"], meta.get("namespace", ""))
    except NotFound:
        await client.create(document)
        return
    changed = False
    for key, value in document.items():
        if key in ("apiVersion", "kind", "metadata"):
            continue
        if not _contains(held.get(key), value):
            held[key] = {**held[key], **value} if isinstance(value, dict) and held.get(key) else value
            changed = True
    if changed:
        await client.update(held)


def _contains(held: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(held, dict) and all(_contains(held.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(held, list) and len(held) == len(wanted) and all(map(_contains, held, wanted))
    return bool(held == wanted)


def rule(resources: list[str], group: str = "", verbs: list[str] | None = None) -> Document:
    """A rule of a role; to read, unless verbs are given."""
    return {"apiGroups": [group], "resources": resources, "verbs": verbs or _READ}


def _slices() -> Document:
    return rule(["endpointslices"], "discovery.k8s.io")


def network_rules() -> list[Document]:
    """What a network agent may do."""
    return [
        rule(["nodes", "pods", "namespaces"]),
        rule(["nodes/status"], verbs=["patch", "update"]),
        rule(["networkpolicies"], "networking.k8s.io"),
        rule(["events"], verbs=["create", "patch", "update"]),
        rule(["events"], "events.k8s.io", ["create", "patch", "update"]),
    ]


def _hollow_rules() -> list[Document]:
    return [
        rule(["nodes"], verbs=[*_READ, "create", "patch", "update"]),
        rule(["nodes/status", "pods/status"], verbs=["patch", "update"]),
        rule(["pods"], verbs=[*_READ, "delete"]),
        rule(["services", "configmaps", "secrets", "persistentvolumeclaims", "persistentvolumes"]),
        rule(["serviceaccounts/token"], verbs=["create"]),
        rule(["leases"], "coordination.k8s.io", [*_READ, "create", "patch", "update", "delete"]),
        rule(["runtimeclasses"], "node.k8s.io"),
        rule(["tokenreviews"], "authentication.k8s.io", ["create"]),
        rule(["subjectaccessreviews"], "authorization.k8s.io", ["create"]),
        rule(["csinodes", "csidrivers"], "storage.k8s.io", [*_READ, "create", "patch", "update"]),
        rule(["events"], verbs=["create", "patch", "update"]),
    ]


def rights(user: str, rules: list[Document]) -> list[Document]:
    """A cluster role for one user, and its binding."""
    role = {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": user}, "rules": rules}
    return [role, _binding(user, user, "User", user)]


def _binding(name: str, role: str, kind: str, subject: str) -> Document:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": kind, "name": subject}],
    }


def _dns(options: Options, node: Node) -> list[Document]:
    labels = {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": DNS_PORT},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": DNS_PORT},
    ]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": labels},
        "spec": {"clusterIP": options.dns_ip, "ports": ports},
    }
    endpoints = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kube-dns-1",
            "namespace": "kube-system",
            "labels": {
                "kubernetes.io/service-name": "kube-dns",
                "endpointslice.kubernetes.io/managed-by": "minik8s",
            },
        },
        "addressType": "IPv4",
        "ports": [{"name": p["name"], "port": DNS_PORT, "protocol": p["protocol"]} for p in ports],
        "endpoints": [{"addresses": [node.address], "conditions": {"ready": True}, "nodeName": node.name}],
    }
    return [service, endpoints]


def _ingress(options: Options) -> list[Document]:
    if not options.ingress:
        return []
    return [*rights(ingress.USER, ingress.rules()), *ingress.election(), ingress.ingress_class()]


def _storage_class(layout: Layout) -> Document:
    """Claims that name no class get a directory of this machine, which goes with the cluster."""
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": default},
        "provisioner": "minik8s.io/hostpath",
        "parameters": {"path": str(layout.state / "volumes")},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


def _cluster_info(layout: Layout, options: Options, ca: str) -> list[Document]:
    import base64

    from minik8s.client import kubeconfig

    cluster = kubeconfig.Cluster(
        server=f"https://127.0.0.1:{options.secure_port}",
        certificate_authority_data=base64.b64encode(ca.encode()).decode(),
    )
    public = kubeconfig.Kubeconfig(clusters=[kubeconfig.NamedCluster(name="", cluster=cluster)])
    info = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cluster-info", "namespace": "kube-public"},
        "data": {"kubeconfig": kubeconfig.encode(public).decode()},
    }
    role = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": "minik8s:cluster-info", "namespace": "kube-public"},
        "rules": [
            {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cluster-info"], "verbs": ["get"]}
        ],
    }
    binding = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "minik8s:cluster-info", "namespace": "kube-public"},
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": "minik8s:cluster-info"},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": "system:anonymous"}],
    }
    return [info, role, binding]
