"""How long a pod tolerates the NoExecute taints of its node."""

from __future__ import annotations

from minik8s.api.core_v1 import Pod, Taint, Toleration


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration covers one taint."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator in ("", "Equal"):
        return toleration.value == taint.value
    if toleration.operator == "Exists":
        return True
    if toleration.operator not in ("Lt", "Gt"):
        return False
    try:
        mine, theirs = int(toleration.value), int(taint.value)
    except ValueError:
        return False
    return theirs < mine if toleration.operator == "Lt" else theirs > mine


def no_execute(taints: list[Taint]) -> list[Taint]:
    """Those that drive pods off."""
    return [taint for taint in taints if taint.effect == "NoExecute"]


def tolerated_seconds(pod: Pod, taints: list[Taint]) -> float | None:
    """Seconds the pod may stay: 0 when it tolerates not all of the taints, None for ever."""
    used: list[Toleration] = []
    for taint in taints:
        found = next((t for t in pod.spec.tolerations if tolerates(t, taint)), None)
        if found is None:
            return 0.0
        used.append(found)
    limits = [t.toleration_seconds for t in used if t.toleration_seconds is not None]
    return float(max(min(limits), 0)) if limits else None
