"""Conditions that a request must meet before a webhook or policy is asked."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.expressions import check_expression
from minik8s.api.admissionregistration_v1 import MatchCondition

_MAX = 64


def validate_match_conditions(
    conditions: list[MatchCondition], path: str, errors: Errors, *, variables: tuple[str, ...] = ()
) -> None:
    """Named expressions, each name once."""
    if len(conditions) > _MAX:
        errors.too_many(path, len(conditions), _MAX)
    names: set[str] = set()
    for index, condition in enumerate(conditions):
        here = f"{path}[{index}]"
        check_expression(condition.expression, f"{here}.expression", errors, variables=variables, missing="")
        if not condition.name:
            errors.required(f"{here}.name")
            continue
        errors.invalid_each(f"{here}.name", condition.name, formats.qualified_name(condition.name))
        if condition.name in names:
            errors.duplicate(f"{here}.name", condition.name)
        names.add(condition.name)
