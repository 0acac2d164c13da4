"""Tolerations and the effects of taints."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_label_key
from minik8s.api.core_v1 import Toleration

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def validate_taint_effect(effect: str, path: str, errors: Errors) -> None:
    """One of the three effects."""
    if not effect:
        errors.required(path)
    elif effect not in _EFFECTS:
        errors.not_supported(path, effect, _EFFECTS)


def validate_tolerations(
    tolerations: list[Toleration], path: str, errors: Errors, *, comparisons: bool = False
) -> None:
    """Every toleration; `comparisons` allows the operators Lt and Gt."""
    for index, toleration in enumerate(tolerations):
        here = f"{path}[{index}]"
        operator, effect = toleration.operator, toleration.effect
        if toleration.key:
            validate_label_key(toleration.key, f"{here}.key", errors)
        elif operator != "Exists":
            errors.invalid(
                f"{here}.operator",
                operator,
                'operator must be Exists when `key` is empty, which means "match all values and all keys"',
            )
        if toleration.toleration_seconds is not None and effect != "NoExecute":
            errors.invalid(f"{here}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
        value = toleration.value
        match operator:
            case "Equal" | "":
                found = formats.label_value(value)
                if found:
                    errors.invalid(f"{here}.operator", value, ";".join(found))
            case "Exists":
                if value:
                    errors.invalid(f"{here}.operator", value, "value must be empty when `operator` is 'Exists'")
            case "Lt" | "Gt":
                if not comparisons:
                    errors.not_supported(f"{here}.operator", operator, ("Equal", "Exists", "Lt", "Gt"))
                else:
                    errors.invalid_each(f"{here}.value", value, formats.decimal_integer(value))
                    errors.invalid_each(f"{here}.value", value, formats.go_int64(value))
            case _:
                errors.not_supported(f"{here}.operator", operator, ("Equal", "Exists"))
        if effect:
            validate_taint_effect(effect, f"{here}.effect", errors)
