"""Conditions of the common form, as newer kinds hold them in their status."""

from __future__ import annotations

import re

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from minik8s.api.meta_v1 import Condition
from minik8s.machinery.names import explain

_STATUSES = ("False", "True", "Unknown")
_REASON_MAX = 1024
_MESSAGE_MAX = 32 * 1024
_REASON = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?"
_IS_REASON = re.compile(_REASON)
_REASON_TEXT = explain(
    "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric "
    "characters or '_,:', and must end with an alphanumeric character or '_'",
    _REASON,
    "my_name",
    "MY_NAME",
    "MyName",
    "ReasonA,ReasonB",
    "ReasonA:ReasonB",
)


def _validate(condition: Condition, path: str, errors: Errors) -> None:
    errors.invalid_each(f"{path}.type", condition.type, formats.qualified_name(condition.type))
    if condition.status not in _STATUSES:
        errors.not_supported(f"{path}.status", condition.status, _STATUSES)
    if condition.observed_generation < 0:
        here = f"{path}.observedGeneration"
        errors.invalid(here, condition.observed_generation, "must be greater than or equal to zero")
    if not condition.last_transition_time:
        errors.required(f"{path}.lastTransitionTime")
    if not condition.reason:
        errors.required(f"{path}.reason")
    else:
        if _IS_REASON.fullmatch(condition.reason) is None:
            errors.invalid(f"{path}.reason", condition.reason, _REASON_TEXT)
        if len(condition.reason.encode()) > _REASON_MAX:
            errors.too_long(f"{path}.reason", _REASON_MAX)
    if len(condition.message.encode()) > _MESSAGE_MAX:
        errors.too_long(f"{path}.message", _MESSAGE_MAX)


def validate_conditions(conditions: list[Condition], path: str, errors: Errors) -> None:
    """Each type once; a known status, a reason and a time."""
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        if condition.type in seen:
            errors.duplicate(f"{path}[{index}].type", condition.type)
        seen.add(condition.type)
        _validate(condition, f"{path}[{index}]", errors)
