"""How long a pod tolerates the NoExecute taints of its node."""

from __future__ import annotations

from controllers.shared.tolerations import tolerates
from minik8s.api.core_v1 import Pod, Taint, Toleration


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
