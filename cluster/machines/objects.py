"""What `init` puts into the new cluster: kubeadm's rights and configurations, and the rights of our daemons."""

from __future__ import annotations

from typing import Any

from cluster import ingress
from cluster.addons import Document, network_rules, rights, rule
from cluster.machines import files
from cluster.machines.keys import ADMIN_GROUP, document
from cluster.machines.settings import Settings, cluster_kubelet, cluster_proxy
from cluster.machines.tokens import DEFAULT_GROUP
from minik8s.client import kubeconfig

NODES = "system:nodes"
OWN = "minik8s-config"
"""What our machines have to know besides kubeadm's configuration."""
_RBAC = "rbac.authorization.k8s.io"
_SYSTEM, _PUBLIC = "kube-system", "kube-public"
_JOINERS = (DEFAULT_GROUP, NODES)


def documents(settings: Settings, ca: bytes) -> list[Document]:
    """Every object, in the order it is applied."""
    found = [
        _cluster_binding("kubeadm:cluster-admins", "cluster-admin", ADMIN_GROUP),
        *_configurations(settings),
        *_cluster_info(settings, ca),
        *_joining(),
        *_readable("kubeadm:nodes-kubeadm-config", "kubeadm-config", *_JOINERS),
        *_readable("kubeadm:kubelet-config", "kubelet-config", *_JOINERS),
        *_readable("minik8s:config", OWN, *_JOINERS),
        # The network agent and the proxy of a machine act as its node.
        *_node_daemons(),
    ]
    if not settings.cluster.proxy.disabled:
        found += _readable("kube-proxy", "kube-proxy", *_JOINERS)
    if not settings.cluster.dns.disabled:
        slices = rule(["endpointslices"], "discovery.k8s.io", ["get", "list", "watch", "create", "update"])
        services = rule(["services"], verbs=["get", "list", "watch", "create"])
        found += rights("system:minik8s:dns", [rule(["pods", "namespaces", "nodes"]), services, slices])
    if settings.ingress:
        found += [*rights(ingress.USER, ingress.rules()), *ingress.election(), ingress.ingress_class()]
    return found


def _configurations(settings: Settings) -> list[Document]:
    cluster = files.document_of(settings.cluster, "ClusterConfiguration", everything=True)
    found = [
        _map("kubeadm-config", {"ClusterConfiguration": files.dump(cluster)}),
        _map("kubelet-config", {"kubelet": files.dump(cluster_kubelet(settings))}),
        _map(OWN, {"backend": settings.backend, "store": "sqlite" if settings.sqlite else "etcd"}),
    ]
    if not settings.cluster.proxy.disabled:
        found.append(_map("kube-proxy", {"config.conf": files.dump(cluster_proxy(settings))}))
    return found


def _cluster_info(settings: Settings, ca: bytes) -> list[Document]:
    whole = document(settings.server, ca, kubeconfig.User(), "", "")
    public = kubeconfig.Kubeconfig(clusters=whole.clusters)
    info = _map("cluster-info", {"kubeconfig": kubeconfig.encode(public).decode()}, _PUBLIC)
    rules = [_reading("cluster-info", ["get"])]
    subject = {"apiGroup": _RBAC, "kind": "User", "name": "system:anonymous"}
    return [info, *role_with("kubeadm:bootstrap-signer-clusterinfo", _PUBLIC, rules, [subject])]


def _joining() -> list[Document]:
    """What lets a bootstrap token ask for a certificate, and a node renew its own."""
    signing = "system:certificates.k8s.io:certificatesigningrequests"
    return [
        _cluster_role("kubeadm:get-nodes", [rule(["nodes"], verbs=["get"])]),
        _cluster_binding("kubeadm:get-nodes", "kubeadm:get-nodes", DEFAULT_GROUP),
        _cluster_binding("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", DEFAULT_GROUP),
        _cluster_binding("kubeadm:node-autoapprove-bootstrap", f"{signing}:nodeclient", DEFAULT_GROUP),
        _cluster_binding("kubeadm:node-autoapprove-certificate-rotation", f"{signing}:selfnodeclient", NODES),
    ]


def _node_daemons() -> list[Document]:
    return [
        _cluster_role("system:minik8s:network", network_rules()),
        _cluster_binding("minik8s:node-network", "system:minik8s:network", NODES),
        _cluster_binding("minik8s:node-proxier", "system:node-proxier", NODES),
    ]


def _map(name: str, data: dict[str, str], namespace: str = _SYSTEM) -> Document:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def _reading(name: str, verbs: list[str]) -> Document:
    return {**rule(["configmaps"], verbs=verbs), "resourceNames": [name]}


def _readable(role: str, name: str, *groups: str) -> list[Document]:
    subjects = [{"apiGroup": _RBAC, "kind": "Group", "name": group} for group in groups]
    return role_with(role, _SYSTEM, [_reading(name, ["get"])], subjects)


def role_with(name: str, namespace: str, rules: list[Document], subjects: list[Document]) -> list[Document]:
    """A role and its binding."""
    meta = {"name": name, "namespace": namespace}
    made = {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": meta, "rules": rules}
    reference = {"apiGroup": _RBAC, "kind": "Role", "name": name}
    binding: dict[str, Any] = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": meta,
        "roleRef": reference,
        "subjects": subjects,
    }
    return [made, binding]


def _cluster_role(name: str, rules: list[Document]) -> Document:
    return {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}


def _cluster_binding(name: str, role: str, group: str) -> Document:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group}],
    }
