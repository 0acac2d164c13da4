"""What the metrics server needs in the API, named as Kubernetes' own manifests name it."""

from __future__ import annotations

import base64
from typing import Any

from cluster.layout import Node
from cluster.processes import METRICS_PORT

Document = dict[str, Any]
_RBAC = "rbac.authorization.k8s.io"
_NAME, _NAMESPACE = "metrics-server", "kube-system"
_LABELS = {"k8s-app": "metrics-server"}
_READ = ["get", "list", "watch"]


def documents(node: Node, ca: str) -> list[Document]:
    """Its account, rights, Service (which leads to `node`) and APIService; `ca` signed its certificate, in PEM."""
    return [
        _document("v1", "ServiceAccount", _NAME, _NAMESPACE),
        *_readers(),
        *_rights(),
        *_service(node),
        _api_service(ca),
    ]


def _document(version: str, kind: str, name: str, namespace: str = "", **more: Any) -> Document:
    metadata: Document = {"name": name, "labels": _LABELS}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **more}


def _readers() -> list[Document]:
    """Whoever may view, edit or administer a namespace may read its metrics."""
    rules = [{"apiGroups": ["metrics.k8s.io"], "resources": ["pods", "nodes"], "verbs": _READ}]
    role = _document(f"{_RBAC}/v1", "ClusterRole", "system:aggregated-metrics-reader", rules=rules)
    aggregate = {f"{_RBAC}/aggregate-to-{to}": "true" for to in ("admin", "edit", "view")}
    role["metadata"]["labels"] = _LABELS | aggregate
    return [role]


def _rights() -> list[Document]:
    rules = [
        {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": _READ},
    ]
    own = "system:metrics-server"
    return [
        _document(f"{_RBAC}/v1", "ClusterRole", own, rules=rules),
        _binding("ClusterRoleBinding", own, "ClusterRole", own),
        _binding("ClusterRoleBinding", "metrics-server:system:auth-delegator", "ClusterRole", "system:auth-delegator"),
        _binding(
            "RoleBinding", "metrics-server-auth-reader", "Role", "extension-apiserver-authentication-reader", _NAMESPACE
        ),
    ]


def _binding(kind: str, name: str, role_kind: str, role: str, namespace: str = "") -> Document:
    return _document(
        f"{_RBAC}/v1",
        kind,
        name,
        namespace,
        roleRef={"apiGroup": _RBAC, "kind": role_kind, "name": role},
        subjects=[{"kind": "ServiceAccount", "name": _NAME, "namespace": _NAMESPACE}],
    )


def _service(node: Node) -> list[Document]:
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": METRICS_PORT, "appProtocol": "https"}]
    endpoints = _document(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        f"{_NAME}-1",
        _NAMESPACE,
        addressType="IPv4",
        ports=[{"name": "https", "port": METRICS_PORT, "protocol": "TCP", "appProtocol": "https"}],
        endpoints=[{"addresses": [node.address], "conditions": {"ready": True}, "nodeName": node.name}],
    )
    endpoints["metadata"]["labels"] = {
        "kubernetes.io/service-name": _NAME,
        "endpointslice.kubernetes.io/managed-by": "minik8s",
    }
    return [_document("v1", "Service", _NAME, _NAMESPACE, spec={"ports": ports}), endpoints]


def _api_service(ca: str) -> Document:
    spec = {
        "group": "metrics.k8s.io",
        "version": "v1beta1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "service": {"name": _NAME, "namespace": _NAMESPACE, "port": 443},
        "caBundle": base64.b64encode(ca.encode()).decode(),
    }
    return _document("apiregistration.k8s.io/v1", "APIService", "v1beta1.metrics.k8s.io", spec=spec)
