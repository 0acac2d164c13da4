"""When a schedule fires: cron's five fields, its names, `@every`, in a time zone."""

from __future__ import annotations

import dataclasses
import os
import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo

from minik8s.machinery.times import TimeError, parse_duration

_NAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_EVERY = "@every "
_EXACT = 1000


class ScheduleError(ValueError):
    """A schedule that cannot be read."""


class ZoneError(ValueError):
    """A time zone nobody knows."""


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule read: either five fields in a zone, or an interval."""

    fields: str
    zone: tzinfo
    every: timedelta | None = None

    def next(self, after: datetime) -> datetime | None:
        """The first time after a moment, in UTC; None when it never fires again."""
        if self.every is not None:
            return after.replace(microsecond=0) + self.every
        from cronsim import CronSim

        # Arithmetic across a clock change: the zone's own wall clock decides.
        found = next(CronSim(self.fields, after.astimezone(self.zone)), None)
        return found.astimezone(UTC) if found is not None else None


def read(text: str, zone: str = "") -> Schedule:
    """A schedule as a CronJob holds it. Raises ScheduleError, ZoneError."""
    text = text.strip()
    if text.startswith(("TZ=", "CRON_TZ=")):
        named, _, text = text.partition(" ")
        zone = zone or named.partition("=")[2]
    where, text = _zone(zone), text.strip()
    if text.startswith(_EVERY):
        try:
            every = parse_duration(text.removeprefix(_EVERY))
        except TimeError as error:
            raise ScheduleError(f"failed to parse duration {text}: {error}") from error
        return Schedule("", where, max(timedelta(seconds=int(every.total_seconds())), timedelta(seconds=1)))
    fields = _NAMES.get(text, text).split()
    if len(fields) != 5:
        raise ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    plain = " ".join(_plain(field, at) for at, field in enumerate(fields))
    from cronsim import CronSim, CronSimError

    try:
        CronSim(plain, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ScheduleError(str(error)) from error
    return Schedule(plain, where)


def _plain(field: str, at: int) -> str:
    """A field in the form every cron reads: a start with a step is a range; days with a step are not `any day`."""
    low, high = _BOUNDS[at]
    parts = []
    for part in field.split(","):
        start, slash, step = part.replace("?", "*").partition("/")
        if slash and start == "*" and at in (2, 4) and step != "1":
            start = f"{low}-{high}"
        elif slash and start.isdigit():
            start = f"{start}-{high}"
        parts.append(f"{start}/{step}" if slash else start)
    return ",".join(parts)


def _zone(name: str) -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(name) if name else _local()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ZoneError(f"unknown time zone {name}") from error


def _local() -> tzinfo:
    """The zone of this process."""
    try:
        return zoneinfo.ZoneInfo(os.environ.get("TZ", "").lstrip(":") or "localtime")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def most_recent(schedule: Schedule, earliest: datetime, now: datetime) -> tuple[datetime | None, int]:
    """The last time in (earliest, now] that the schedule named, and how many it named there.

    The number is exact up to a thousand; of more, only the last is looked for.
    """
    found, count, when = None, 0, schedule.next(earliest)
    while when is not None and when <= now:
        found, count = when, count + 1
        if count == _EXACT:
            return _last(schedule, when, now), count
        when = schedule.next(when)
    return found, count


def _last(schedule: Schedule, found: datetime, now: datetime) -> datetime:
    """The last time in [found, now]: looked for in ever wider windows that end now."""
    if schedule.every is not None:
        return found + (now - found) // schedule.every * schedule.every
    window = timedelta(minutes=2)
    while now - window > found:
        when, last = schedule.next(now - window), None
        while when is not None and when <= now:
            last, when = when, schedule.next(when)
        if last is not None:
            return last
        window *= 4
    when = schedule.next(found)
    while when is not None and when <= now:
        found, when = when, schedule.next(when)
    return found
