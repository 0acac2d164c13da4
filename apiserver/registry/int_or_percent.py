"""Values that are a count or a share of the whole, as rollouts and disruption budgets hold them."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from minik8s.machinery.intstr import int_value

_PERCENT = 100


def check_int_or_percent(value: int | str | None, path: str, errors: Errors) -> None:
    """A count that is not negative, or a percentage."""
    if isinstance(value, str):
        errors.invalid_each(path, value, formats.percent(value))
    else:
        errors.not_negative(path, value or 0)


def amount(value: int | str | None) -> int:
    """The number in front of the percent sign, or the count; 0 for what is neither."""
    if isinstance(value, str) and not formats.percent(value):
        return int(value[:-1])
    return int_value(value)


def check_at_most_everything(value: int | str | None, path: str, errors: Errors) -> None:
    """A percentage of at most a hundred."""
    if isinstance(value, str) and not formats.percent(value) and amount(value) > _PERCENT:
        errors.invalid(path, value, "must not be greater than 100%")
