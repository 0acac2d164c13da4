"""Nodes: what they have, what runs there, how much of it is taken."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cli.describe.text import Row, block, conditions, mapping, moment, notes, table
from cli.output.ages import age
from cli.session import Session
from cli.targets import Target
from cli.workloads import PODS
from minik8s.client.errors import ApiError
from minik8s.client.resources import Resource
from minik8s.clock import SystemClock
from minik8s.machinery import quantity

_LEASES: Resource[dict[str, Any]] = Resource("coordination.k8s.io/v1", "leases", "Lease", True, dict)
_SHOWN = ("cpu", "memory")


async def node(session: Session, target: Target) -> list[str]:
    """A Node."""
    meta, spec, status = target.obj["metadata"], target.obj.get("spec") or {}, target.obj.get("status") or {}
    roles = [
        key.removeprefix("node-role.kubernetes.io/")
        for key in meta.get("labels") or {}
        if key.startswith("node-role.kubernetes.io/")
    ]
    taints = [f"{t['key']}{'=' + t['value'] if t.get('value') else ''}:{t['effect']}" for t in spec.get("taints") or ()]
    rows: list[Row] = [
        ("Name", meta["name"]),
        ("Roles", ",".join(sorted(roles)) or "<none>"),
        ("Labels", mapping(meta.get("labels"))),
        ("Annotations", notes(meta.get("annotations"))),
        ("CreationTimestamp", moment(meta.get("creationTimestamp", ""))),
        ("Taints", taints or ["<none>"]),
        ("Unschedulable", str(bool(spec.get("unschedulable"))).lower()),
    ]
    lines = [*block(rows), *await _lease(session, target.name)]
    lines += conditions(status, ("type", "status", "lastHeartbeatTime", "lastTransitionTime", "reason", "message"))
    lines += ["Addresses:", *block([(a["type"], a["address"]) for a in status.get("addresses") or ()], 2)]
    for title, key in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        lines += [f"{title}:", *block(sorted((status.get(key) or {}).items()), 2)]
    info = status.get("nodeInfo") or {}
    names = (
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
        ("Kube-Proxy Version", "kubeProxyVersion"),
    )
    lines += ["System Info:", *block([(label, info.get(key, "")) for label, key in names], 2)]
    lines += block([("PodCIDR", spec.get("podCIDR", "")), ("PodCIDRs", ",".join(spec.get("podCIDRs") or ()))])
    return lines + await _pods(session, target, status.get("allocatable") or {})


async def _lease(session: Session, name: str) -> list[str]:
    try:
        lease = (await session.client.get(_LEASES, name, "kube-node-lease")).get("spec") or {}
    except ApiError:
        return ["Lease:", "  HolderIdentity:\tFailed to get lease"]
    labels = (("HolderIdentity", "holderIdentity"), ("AcquireTime", "acquireTime"), ("RenewTime", "renewTime"))
    rows = [
        (label, moment(lease[key]) if key.endswith("Time") and lease.get(key) else lease.get(key, "<unset>"))
        for label, key in labels
    ]
    return ["Lease:", *block(rows, 2)]


async def _pods(session: Session, target: Target, allocatable: dict[str, str]) -> list[str]:
    listed = await session.client.list(PODS, field_selector=f"spec.nodeName={target.name}")
    running = [p for p in listed.items if p["status"].get("phase") not in ("Succeeded", "Failed")]
    now = SystemClock().now()
    others = sorted(name for name in allocatable if name.startswith("hugepages-"))
    names = [*_SHOWN, "ephemeral-storage", *others]
    total: dict[tuple[str, str], str] = {}
    rows = []
    for pod in running:
        cells = [pod["metadata"]["namespace"], pod["metadata"]["name"]]
        for name in names:
            for kind in ("requests", "limits"):
                amount = _amount(pod, kind, name)
                total[(name, kind)] = quantity.add(total.get((name, kind), "0"), amount)
                if name in _SHOWN:
                    cells.append(_share(amount, name, allocatable))
        rows.append([*cells, age(pod["metadata"]["creationTimestamp"], now)])
    head = ["Namespace", "Name", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age"]
    lines = [
        f"Non-terminated Pods:\t({len(running)} in total)",
        *table(head, rows),
        "Allocated resources:",
        "  (Total limits may be over 100 percent, i.e., overcommitted.)",
    ]
    sums = [
        [name, *(_share(total.get((name, kind), "0"), name, allocatable) for kind in ("requests", "limits"))]
        for name in names
    ]
    return lines + table(["Resource", "Requests", "Limits"], sums)


def _amount(pod: dict[str, Any], kind: str, name: str) -> str:
    found = "0"
    for container in pod["spec"].get("containers") or ():
        held = ((container.get("resources") or {}).get(kind) or {}).get(name)
        if held:
            found = quantity.add(found, str(held))
    return found


def _share(amount: str, name: str, allocatable: dict[str, str]) -> str:
    whole = quantity.parse(allocatable[name]) if name in allocatable else Decimal()
    percent = int(quantity.parse(amount) * 100 / whole) if whole else 0
    return f"{amount} ({percent}%)"
