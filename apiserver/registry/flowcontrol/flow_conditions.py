"""Conditions of flow schemas and priority levels."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.registry.errors import Errors
from minik8s.api.flowcontrol_v1 import FlowSchemaCondition, PriorityLevelConfigurationCondition


def validate_flow_conditions(
    conditions: Sequence[FlowSchemaCondition | PriorityLevelConfigurationCondition], errors: Errors
) -> None:
    """Each type once."""
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        path = f"status.conditions[{index}].type"
        if condition.type in seen:
            errors.duplicate(path, condition.type)
        seen.add(condition.type)
        if not condition.type:
            errors.required(path)
