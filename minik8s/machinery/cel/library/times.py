"""Parts of moments and spans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import NoOverload
from minik8s.machinery.cel.moments import SECOND, Clock, Timestamp, zone_offset
from minik8s.machinery.cel.types import DURATION, INT, STRING, TIMESTAMP
from minik8s.machinery.cel.values import Duration


def _part(name: str, read: Callable[[Clock], int], span: int = 0) -> Function:
    """What a clock shows of a moment; with `span`, how often so many nanoseconds fit into a duration."""

    def work(value: Any, zone: Any = "UTC") -> int:
        if isinstance(value, Timestamp):
            return read(value.clock(zone_offset(zone, value)))
        if isinstance(value, Duration) and span:
            count = abs(int(value)) // span
            return -count if value < 0 else count
        raise NoOverload

    return Function(name, _forms(span), work)


def _forms(span: int) -> tuple[Overload, ...]:
    forms = [Overload((TIMESTAMP,), INT, True), Overload((TIMESTAMP, STRING), INT, True)]
    if span:
        forms.append(Overload((DURATION,), INT, True))
    return tuple(forms)


def _milliseconds(value: Any, zone: Any = "UTC") -> int:
    if isinstance(value, Timestamp):
        zone_offset(zone, value)
        return value.nanos % SECOND // 10**6
    if isinstance(value, Duration):
        count = abs(int(value)) // 10**6
        return -count if value < 0 else count
    raise NoOverload


FUNCTIONS = (
    _part("getFullYear", lambda clock: clock.year),
    _part("getMonth", lambda clock: clock.month - 1),
    _part("getDate", lambda clock: clock.day),
    _part("getDayOfMonth", lambda clock: clock.day - 1),
    _part("getDayOfWeek", lambda clock: clock.weekday),
    _part("getDayOfYear", lambda clock: clock.day_of_year - 1),
    _part("getHours", lambda clock: clock.hour, 3600 * SECOND),
    _part("getMinutes", lambda clock: clock.minute, 60 * SECOND),
    _part("getSeconds", lambda clock: clock.second, SECOND),
    Function("getMilliseconds", _forms(1), _milliseconds),
)
