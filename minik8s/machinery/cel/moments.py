"""Moments with nanoseconds and the zone they were written in, as Go's times have them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from minik8s.machinery.cel.errors import EvalError

SECOND = 10**9
_DAY = 86400
_FIRST, _LAST = -62135596800, 253402300799
"""Seconds from 1970 to the first moment of the year 1, and to the last second of 9999."""
_EPOCH = date(1970, 1, 1).toordinal()
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146097
"""After so many years and days the calendar begins anew."""
_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)  # fmt: skip


class Clock(NamedTuple):
    """What calendars and clocks show; the weekday counts from Sunday, the day of the year from 1."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    weekday: int
    day_of_year: int


class Timestamp:
    """A moment: nanoseconds since 1970, and how many seconds east of UTC it was written."""

    __slots__ = ("nanos", "zone")

    def __init__(self, nanos: int, zone: int = 0) -> None:
        """Raises EvalError unless it is within the years 1 to 9999."""
        if not _FIRST <= nanos // SECOND <= _LAST:
            raise EvalError("timestamp overflow")
        self.nanos = nanos
        self.zone = zone

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timestamp) and self.nanos == other.nanos

    def __hash__(self) -> int:
        return hash(self.nanos)

    def moved(self, nanos: int) -> Timestamp:
        """The moment so much later, in the same zone. Raises EvalError."""
        return Timestamp(self.nanos + nanos, self.zone)

    def clock(self, zone: int = 0) -> Clock:
        """What is shown so many seconds east of UTC."""
        return _clock(self.nanos // SECOND + zone)

    def __str__(self) -> str:
        """RFC 3339 with as many digits as there are, in the zone it was written in."""
        shown = self.clock(self.zone)
        fraction = f".{self.nanos % SECOND:09d}".rstrip("0") if self.nanos % SECOND else ""
        text = f"{shown.year:04d}-{shown.month:02d}-{shown.day:02d}T{shown.hour:02d}:{shown.minute:02d}"
        if not self.zone:
            return f"{text}:{shown.second:02d}{fraction}Z"
        hours, minutes = divmod(abs(self.zone) // 60, 60)
        return f"{text}:{shown.second:02d}{fraction}{'-' if self.zone < 0 else '+'}{hours:02d}:{minutes:02d}"


def _clock(seconds: int) -> Clock:
    days, rest = divmod(seconds, _DAY)
    # Zones may show a moment in the year before the first, and after the last.
    cycles, ordinal = divmod(days + _EPOCH - 1, _CYCLE_DAYS)
    found = date.fromordinal(ordinal + 1)
    hour, rest = divmod(rest, 3600)
    minute, second = divmod(rest, 60)
    weekday = (days + 4) % 7
    since = found.toordinal() - date(found.year, 1, 1).toordinal() + 1
    return Clock(found.year + cycles * _CYCLE_YEARS, found.month, found.day, hour, minute, second, weekday, since)


@lru_cache(maxsize=4096)
def parse_moment(text: str) -> Timestamp | None:
    """The moment that RFC 3339 names, None for a text of another form; digits below a nanosecond are dropped.

    Raises EvalError for a moment outside the years 1 to 9999.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(each) for each in found.groups()[:6])
    fraction, sign, hours, minutes = found.groups()[6:]
    zone = int(hours or 0) * 3600 + int(minutes or 0) * 60
    if hour > 23 or minute > 59 or second > 59 or zone >= _DAY + 3600 or int(minutes or 0) > 59:
        return None
    try:
        # The year 0 is as long as 400.
        days = date(year or _CYCLE_YEARS, month, day).toordinal() - _EPOCH - (0 if year else _CYCLE_DAYS)
    except ValueError:
        return None
    zone = -zone if sign == "-" else zone
    seconds = days * _DAY + hour * 3600 + minute * 60 + second - zone
    return Timestamp(seconds * SECOND + int(f"{fraction or '0':0<9}"[:9]), zone)


def zone_offset(name: str, moment: Timestamp) -> int:
    """How many seconds east of UTC clocks are in a zone, by its name or as `+02:00`. Raises EvalError."""
    hours, colon, minutes = name.partition(":")
    if colon:
        if not re.fullmatch(r"[+-]?\d+", hours, re.ASCII) or not re.fullmatch(r"[+-]?\d+", minutes, re.ASCII):
            wrong = hours if not re.fullmatch(r"[+-]?\d+", hours, re.ASCII) else minutes
            raise EvalError(f'strconv.Atoi: parsing "{wrong}": invalid syntax')
        rest = int(minutes)
        return (int(hours) * 60 + (-rest if name.startswith("-") else rest)) * 60
    if name in ("UTC", ""):
        return 0
    return _named_offset(name, moment)


def _named_offset(name: str, moment: Timestamp) -> int:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise EvalError(f"unknown time zone {name}") from None
    # The first and last days of the calendar have no neighbours; clocks did not change then.
    second = min(max(moment.nanos // SECOND, _FIRST + 2 * _DAY), _LAST - 2 * _DAY)
    aware = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    offset = aware.astimezone(zone).utcoffset()
    return 0 if offset is None else offset.days * _DAY + offset.seconds


__all__ = ["SECOND", "Clock", "Timestamp", "parse_moment", "zone_offset"]
