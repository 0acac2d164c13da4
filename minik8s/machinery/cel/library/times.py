"""Parts of moments and spans."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from minik8s.machinery.cel.environment import Function, Overload
from minik8s.machinery.cel.errors import EvalError, NoOverload
from minik8s.machinery.cel.types import DURATION, INT, STRING, TIMESTAMP
from minik8s.machinery.cel.values import Duration, Timestamp


def _shown(moment: datetime, name: str) -> datetime:
    """A moment as clocks of a zone, or so many hours and minutes from UTC, show it."""
    offset = re.fullmatch(r"([+-]?)(\d\d):(\d\d)", name)
    if offset is not None:
        # There may be more hours than a day has.
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return moment - span if offset[1] == "-" else moment + span
    return moment if name in ("UTC", "") else moment.astimezone(_zone(name))


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise EvalError(f"unknown time zone {name}") from None


def _part(name: str, read: Callable[[datetime], int], span: int = 0) -> Function:
    def work(value: Any, zone: Any = "UTC") -> int:
        if isinstance(value, Timestamp):
            return read(_shown(value.moment, zone))
        if isinstance(value, Duration) and span:
            count = abs(int(value)) // span
            if name == "getMilliseconds":
                count = abs(int(value)) // span % 1000
            return -count if value < 0 else count
        raise NoOverload

    forms = [Overload((TIMESTAMP,), INT, True), Overload((TIMESTAMP, STRING), INT, True)]
    if span:
        forms.append(Overload((DURATION,), INT, True))
    return Function(name, tuple(forms), work)


FUNCTIONS = (
    _part("getFullYear", lambda moment: moment.year),
    _part("getMonth", lambda moment: moment.month - 1),
    _part("getDate", lambda moment: moment.day),
    _part("getDayOfMonth", lambda moment: moment.day - 1),
    _part("getDayOfWeek", lambda moment: (moment.weekday() + 1) % 7),
    _part("getDayOfYear", lambda moment: moment.timetuple().tm_yday - 1),
    _part("getHours", lambda moment: moment.hour, 3600 * 10**9),
    _part("getMinutes", lambda moment: moment.minute, 60 * 10**9),
    _part("getSeconds", lambda moment: moment.second, 10**9),
    _part("getMilliseconds", lambda moment: moment.microsecond // 1000, 10**6),
)
