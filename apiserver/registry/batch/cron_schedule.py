"""Schedules of CronJobs: the five fields of cron, or a name for them, and what is wrong with one."""

from __future__ import annotations

import re
import zoneinfo

from minik8s.machinery.quoting import quote
from minik8s.machinery.times import TimeError, parse_duration

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES = [{}, {}, {}, {name: at + 1 for at, name in enumerate(_MONTHS)}, {name: at for at, name in enumerate(_DAYS)}]
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_DESCRIPTORS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_EVERY = "@every "
_ZONE_PREFIXES = ("TZ=", "CRON_TZ=")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_ZONE = re.compile(r"[A-Za-z0-9.\-_+]+(/[A-Za-z0-9.\-_+]+)*")


class _Wrong(ValueError):
    """A field of a schedule makes no sense."""


def _number(text: str) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise _Wrong(f"failed to parse int from {text}: strconv.Atoi: parsing {quote(text)}: invalid syntax")
    if int(text) < 0:
        raise _Wrong(f"negative number ({int(text)}) not allowed: {text}")
    return int(text)


def _value(text: str, names: dict[str, int]) -> int:
    found = names.get(text.lower())
    return _number(text) if found is None else found


def _check_range(text: str, at: int) -> None:
    low, high = _BOUNDS[at]
    names = _NAMES[at]
    span, *steps = text.split("/")
    ends = span.split("-")
    if ends[0] in ("*", "?"):
        start, end = low, high
    else:
        start = end = _value(ends[0], names)
        if len(ends) == 2:
            end = _value(ends[1], names)
        elif len(ends) > 2:
            raise _Wrong(f"too many hyphens: {text}")
    step = 1
    if len(steps) == 1:
        step = _number(steps[0])
        end = high if len(ends) == 1 else end
    elif steps:
        raise _Wrong(f"too many slashes: {text}")
    if start < low:
        raise _Wrong(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise _Wrong(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise _Wrong(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise _Wrong(f"step of range should be a positive number: {text}")


def _check_descriptor(text: str) -> None:
    if text.startswith(_EVERY):
        try:
            parse_duration(text.removeprefix(_EVERY))
        except TimeError as error:
            raise _Wrong(f"failed to parse duration {text}: {error}") from None
    elif text not in _DESCRIPTORS:
        raise _Wrong(f"unrecognized descriptor: {text}")


def known_zone(name: str) -> bool:
    """Whether the time zone database knows a zone."""
    if name in ("", "UTC"):
        return True
    if _ZONE.fullmatch(name) is None or ".." in name:
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def schedule_problem(schedule: str) -> str:
    """What is wrong with a schedule, "" when it is one; a time zone may stand in front of it."""
    if not schedule:
        return "empty spec string"
    if schedule.startswith(_ZONE_PREFIXES):
        zone, _, schedule = schedule.partition(" ")
        name = zone.partition("=")[2]
        if not known_zone(name):
            return f"provided bad location {name}: unknown time zone {name}"
        schedule = schedule.strip()
    try:
        if schedule.startswith("@"):
            _check_descriptor(schedule)
            return ""
        fields = schedule.split()
        if len(fields) != len(_BOUNDS):
            shown = " ".join(fields)
            return f"expected exactly {len(_BOUNDS)} fields, found {len(fields)}: [{shown}]"
        for at, field in enumerate(fields):
            for part in filter(None, field.split(",")):
                _check_range(part, at)
    except _Wrong as error:
        return str(error)
    return ""
