"""Times as the API writes them: RFC 3339 in UTC, in whole seconds or in microseconds; and Go's durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:[.,](\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_UNIT = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


class TimeError(ValueError):
    """A string is not a time, or not a duration."""


def format_time(moment: datetime) -> str:
    """A moment in whole seconds, the form of most fields: `2026-01-02T03:04:05Z`. A naive one is taken as UTC."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return (
        f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}"
        f"T{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d}Z"
    )


def format_micro_time(moment: datetime) -> str:
    """A moment in microseconds, as leases and events hold it: `2026-01-02T03:04:05.000006Z`."""
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{format_time(moment)[:-1]}.{moment.microsecond:06d}Z"


@lru_cache(maxsize=4096)
def parse_time(text: str) -> datetime:
    """The aware moment, in UTC, that either form names; digits below a microsecond are dropped. Raises TimeError."""
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise TimeError(f'"{text}" is not a time: write it as RFC 3339 does, like 2026-01-02T03:04:05Z')
    seconds, fraction, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{seconds.upper()}.{(fraction or '0')[:6]:0<6}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise TimeError(f'"{text}" is not a time: {error}') from error


def parse_duration(text: str) -> timedelta:
    """A duration as Go writes it: `1h30m`, `1.5s`, `300ms`, `0`. Raises TimeError."""
    sign, rest = 1, text
    if rest[:1] in ("+", "-"):
        sign, rest = (-1 if rest[0] == "-" else 1), rest[1:]
    if rest == "0":
        return timedelta()
    total, at = 0.0, 0
    for part in _PART.finditer(rest):
        if part.start() != at:
            break
        total += float(part.group(1)) * _UNIT[part.group(2)]
        at = part.end()
    if not rest or at != len(rest):
        raise TimeError(f'"{text}" is not a duration: write it like 1h30m, 90s or 500ms')
    try:
        return timedelta(seconds=sign * total)
    except OverflowError as error:
        raise TimeError(f'"{text}" is too long a duration') from error


def format_duration(duration: timedelta) -> str:
    """A duration as Go writes it: `1h30m0s`, `1.5s`, `300ms`, `0s`."""
    micros = duration // timedelta(microseconds=1)
    sign, micros = ("-" if micros < 0 else ""), abs(micros)
    if micros == 0:
        return "0s"
    if micros < 1000:
        return f"{sign}{micros}µs"
    if micros < 1_000_000:
        return f"{sign}{_trimmed(micros, 1000)}ms"
    minutes, rest = divmod(micros, 60_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{_trimmed(rest, 1_000_000)}s"
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else f"{sign}{seconds}"


def _trimmed(number: int, unit: int) -> str:
    whole, rest = divmod(number, unit)
    return f"{whole}.{rest:0{len(str(unit)) - 1}d}".rstrip("0") if rest else str(whole)
