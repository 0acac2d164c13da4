"""How values are worded in cells: ages, selectors, lists that are cut short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from minik8s.machinery.times import parse_time

NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def duration(seconds: float) -> str:
    """A time span as people read it: `5s`, `3m20s`, `4d7h`."""
    whole = int(seconds)
    if whole < -1:
        return "<invalid>"
    if whole < 0:
        return "0s"
    if whole < 120:
        return f"{whole}s"
    minutes = whole // 60
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    hours = whole // 3600
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    years = days // 365
    if days < 2920:
        return f"{years}y{days % 365}d" if days % 365 else f"{years}y"
    return f"{years}y"


def moment(text: str | None) -> datetime | None:
    """A time of the API, None when absent or unreadable."""
    if not text:
        return None
    try:
        return parse_time(text)
    except ValueError:
        return None


def since(text: str | None, now: datetime) -> str:
    """How long ago a time of the API was."""
    found = moment(text)
    return UNKNOWN if found is None else duration((now - found).total_seconds())


def until(text: str | None, now: datetime) -> str:
    """How far away a time of the API is."""
    found = moment(text)
    return UNKNOWN if found is None else duration((found - now).total_seconds())


def age(obj: Any, now: datetime) -> str:
    """How old an object is."""
    return since(obj.metadata.creation_timestamp, now)


def created(obj: Any) -> str | None:
    """When an object was made, as the API says it."""
    found: str | None = obj.metadata.creation_timestamp
    return found


def pairs(labels: Mapping[str, str]) -> str:
    """`a=b,c=d` in order of the keys, `<none>` for no labels."""
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels)) or NONE


def selector(chosen: Any) -> str:
    """A label selector as text."""
    if chosen is None:
        return NONE
    found = []
    operators = {"In": "in", "NotIn": "notin"}
    for key in chosen.match_labels:
        found.append((key, f"{key}={chosen.match_labels[key]}"))
    for each in chosen.match_expressions:
        if each.operator == "Exists":
            found.append((each.key, each.key))
        elif each.operator == "DoesNotExist":
            found.append((each.key, f"!{each.key}"))
        else:
            found.append((each.key, f"{each.key} {operators.get(each.operator)} ({','.join(sorted(each.values))})"))
    return ",".join(text for _, text in sorted(found)) or NONE


def shortened(values: Sequence[str], most: int, separator: str = ",") -> str:
    """The first `most` values, and how many more there are."""
    text = separator.join(values[:most])
    return f"{text} + {len(values) - most} more..." if len(values) > most else text


def template(spec: Any) -> tuple[str, str]:
    """The names and the images of a pod's containers."""
    return ",".join(each.name for each in spec.containers), ",".join(each.image for each in spec.containers)


def modes(access: Iterable[str]) -> str:
    """Access modes in short, in their usual order and each once."""
    there = set(access)
    return ",".join(short for name, short in _MODES.items() if name in there)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
