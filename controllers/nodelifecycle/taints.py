"""The taints a node should have for its conditions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from minik8s.api.core_v1 import Node, Taint
from minik8s.machinery.times import format_time

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_BY_CONDITION = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
_MANAGED = frozenset(_BY_CONDITION.values()) | {UNSCHEDULABLE}


def readiness(node: Node) -> str:
    """The status of its condition Ready; "" without one."""
    return next((c.status for c in node.status.conditions if c.type == "Ready"), "")


def no_schedule(node: Node) -> set[str]:
    """Keys of the taints that keep new pods off the node."""
    found = {key for c in node.status.conditions if (key := _BY_CONDITION.get((c.type, c.status)))}
    return found | {UNSCHEDULABLE} if node.spec.unschedulable else found


def no_execute(node: Node) -> str:
    """Key of the taint that drives pods off a node that does not work; "" for a ready one."""
    return {"False": NOT_READY, "Unknown": UNREACHABLE}.get(readiness(node), "")


def drives_off(node: Node) -> str:
    """Key of the taint of that kind it has; "" for none."""
    held = [t.key for t in node.spec.taints if t.effect == "NoExecute" and t.key in (NOT_READY, UNREACHABLE)]
    return held[0] if held else ""


def rewritten(node: Node, schedule: Iterable[str], execute: str, now: datetime) -> list[Taint]:
    """The node's taints with ours brought in line; those of others stay, ours keep their time."""
    wanted = {(key, "NoSchedule") for key in schedule} | ({(execute, "NoExecute")} if execute else set())
    kept = [t for t in node.spec.taints if not _is_ours(t) or (t.key, t.effect) in wanted]
    held = {(t.key, t.effect) for t in kept}
    stamp = format_time(now)
    new = sorted(wanted - held, key=_by_effect)
    return kept + [Taint(key=key, effect=effect, time_added=stamp) for key, effect in new]


def _by_effect(one: tuple[str, str]) -> tuple[bool, str]:
    """What keeps Pods off comes before what drives them off."""
    return one[1] == "NoExecute", one[0]


def _is_ours(taint: Taint) -> bool:
    if taint.effect == "NoExecute":
        return taint.key in (NOT_READY, UNREACHABLE)
    return taint.effect == "NoSchedule" and taint.key in _MANAGED
