"""Nodes: what they have, what runs there, how much of it is taken."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cli.describe.text import Row, block, conditions, mapping, moment, notes, table
from cli.session import Session
from cli.targets import Target
from cli.workloads import PODS
from minik8s.machinery import quantity

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
    lines = block(rows)
    lines += conditions(status, ("type", "status", "lastHeartbeatTime", "lastTransitionTime", "reason", "message"))
    lines += ["Addresses:", *block([(a["type"], a["address"]) for a in status.get("addresses") or ()], 2)]
    for title, key in (("Capacity", "capacity"), ("Allocatable", "allocatable")):
        lines += [f"{title}:", *block(sorted((status.get(key) or {}).items()), 2)]
    info = status.get("nodeInfo") or {}
    names = (
        ("Machine ID", "machineID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    )
    lines += ["System Info:", *block([(label, info.get(key, "")) for label, key in names], 2)]
    lines += block([("PodCIDR", spec.get("podCIDR", "")), ("PodCIDRs", ",".join(spec.get("podCIDRs") or ()))])
    return lines + await _pods(session, target, status.get("allocatable") or {})


async def _pods(session: Session, target: Target, allocatable: dict[str, str]) -> list[str]:
    listed = await session.client.list(PODS, field_selector=f"spec.nodeName={target.name}")
    running = [p for p in listed.items if p["status"].get("phase") not in ("Succeeded", "Failed")]
    total: dict[tuple[str, str], str] = {}
    rows = []
    for pod in running:
        cells = [pod["metadata"]["namespace"], pod["metadata"]["name"]]
        for name in _SHOWN:
            for kind in ("requests", "limits"):
                amount = _amount(pod, kind, name)
                total[(name, kind)] = quantity.add(total.get((name, kind), "0"), amount)
                cells.append(_share(amount, name, allocatable))
        rows.append(cells)
    head = ["Namespace", "Name", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits"]
    lines = [f"Non-terminated Pods:  ({len(running)} in total)", *table(head, rows), "Allocated resources:"]
    sums = [
        [name, *(_share(total.get((name, kind), "0"), name, allocatable) for kind in ("requests", "limits"))]
        for name in _SHOWN
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
