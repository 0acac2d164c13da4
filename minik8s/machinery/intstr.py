"""Values that are a number or a percentage: `maxUnavailable: 1`, `maxUnavailable: 25%`."""

from __future__ import annotations

import re

from minik8s.machinery.quoting import quote

_INTEGER = re.compile(r"[+-]?[0-9]+")


class IntOrStringError(ValueError):
    """A string that stands for a number is no percentage."""


def int_value(value: int | str | None) -> int:
    """The number; a string counts as the number it spells, else 0, and so does None."""
    if isinstance(value, int):
        return value
    return int(value) if value and _INTEGER.fullmatch(value) else 0


def scaled_value(value: int | str | None, total: int, round_up: bool) -> int:
    """A number as it is, a percentage as its share of `total`, rounded up or down.

    Raises IntOrStringError for a string that is no percentage, and for None.
    """
    if isinstance(value, int):
        return value
    if value is None:
        raise IntOrStringError("nil value for IntOrString")
    if not value.endswith("%"):
        raise IntOrStringError("invalid value for IntOrString: invalid type: string is not a percentage")
    number = value[:-1]
    if not _INTEGER.fullmatch(number):
        raise IntOrStringError(
            f"invalid value for IntOrString: invalid value {quote(value)}: "
            f"strconv.Atoi: parsing {quote(number)}: invalid syntax"
        )
    share = int(number) * total
    return -(-share // 100) if round_up else share // 100
