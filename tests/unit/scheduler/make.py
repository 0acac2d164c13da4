"""Short ways to write nodes and Pods down."""

from __future__ import annotations

from typing import Any

import msgspec

from minik8s.api.core_v1 import Node, Pod


def node(name: str, cpu: str = "4", memory: str = "8Gi", pods: str = "110", **more: Any) -> Node:
    """A node; `labels`, `taints` [(key, value, effect)], `unschedulable`, `images` {name: bytes}, `extra` resources."""
    amounts = {"cpu": cpu, "memory": memory, "pods": pods, "ephemeral-storage": "100Gi", **more.get("extra", {})}
    document = {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **more.get("labels", {})}},
        "spec": {
            "unschedulable": more.get("unschedulable", False),
            "taints": [{"key": k, "value": v, "effect": e} for k, v, e in more.get("taints", [])],
        },
        "status": {
            "allocatable": amounts,
            "capacity": amounts,
            "images": [{"names": [n], "sizeBytes": s} for n, s in more.get("images", {}).items()],
        },
    }
    return msgspec.convert(document, Node)


def pod(name: str, cpu: str = "100m", memory: str = "64Mi", **more: Any) -> Pod:
    """A Pod; `on` its node, `labels`, `namespace`, `priority`, and `spec` (API fields) for all else."""
    requests = {k: v for k, v in (("cpu", cpu), ("memory", memory)) if v}
    spec: dict[str, Any] = {
        "schedulerName": "default-scheduler",
        "containers": [{"name": "c", "image": more.get("image", "app"), "resources": {"requests": requests}}],
        "priority": more.get("priority", 0),
        **more.get("spec", {}),
    }
    if more.get("on"):
        spec["nodeName"] = more["on"]
    meta = {
        "name": name,
        "namespace": more.get("namespace", "default"),
        "uid": f"uid-{name}",
        "labels": more.get("labels", {}),
        **more.get("metadata", {}),
    }
    return msgspec.convert({"metadata": meta, "spec": spec, "status": more.get("status", {})}, Pod)
