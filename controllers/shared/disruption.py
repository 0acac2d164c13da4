"""The condition DisruptionTarget: why the control plane ends a pod."""

from __future__ import annotations

from typing import Any

from minik8s.api.core_v1 import Pod, PodCondition
from minik8s.client.controller import ControllerContext
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.times import format_time


async def mark_for_disruption(ctx: ControllerContext, pod: Pod, reason: str, message: str, phase: str = "") -> None:
    """Give the pod the condition, and a phase where one is named. Raises ApiError."""
    status: dict[str, Any] = {}
    held = get_condition(pod.status.conditions, "DisruptionTarget")
    if held is None or held.status != "True":
        condition = PodCondition(
            type="DisruptionTarget",
            status="True",
            reason=reason,
            message=message,
            last_transition_time=format_time(ctx.clock.now()),
            observed_generation=pod.metadata.generation,
        )
        status["conditions"] = [condition]
    if phase and pod.status.phase != phase:
        status["phase"] = phase
    if status:
        meta = pod.metadata
        patch = {"metadata": {"uid": meta.uid}, "status": status}
        await ctx.client.patch(Pod, meta.name, patch, meta.namespace, "strategic", "status")
