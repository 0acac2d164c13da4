"""The layout that all descriptions share: aligned labels, maps over several lines, ages, events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cli.output.ages import age
from minik8s.machinery.times import TimeError, parse_time

Row = tuple[str, Any]


def block(rows: Iterable[Row], indent: int = 0) -> list[str]:
    """`Label:<tab>value` lines; a list value goes on in the lines below, one that begins with "" below and indented."""
    found = []
    pad = " " * indent
    for label, value in rows:
        values = value if isinstance(value, list) else [value]
        first, *rest = [str(each) for each in values] or ["<none>"]
        if isinstance(value, list) and not first and rest:
            found += [f"{pad}{label}:", *(f"{pad}{each}" for each in rest)]
            continue
        found.append(f"{pad}{label}:\t{first}")
        found += ["\t" + each for each in rest]
    return found


def mapping(values: dict[str, Any] | None, sign: str = "=") -> list[str]:
    """`key=value` in the order of the keys; `<none>` when empty."""
    return [f"{key}{sign}{value}" for key, value in sorted((values or {}).items())] or ["<none>"]


def notes(values: dict[str, Any] | None) -> list[str]:
    """Annotations, without what apply remembers."""
    hidden = "kubectl.kubernetes.io/last-applied-configuration"
    return mapping({k: v for k, v in (values or {}).items() if k != hidden}, ": ")


def table(head: list[str], rows: list[list[str]], indent: int = 2) -> list[str]:
    """A small table inside a description, its head underlined."""
    pad = " " * indent
    return [pad + "\t".join(row) for row in [head, ["-" * len(name) for name in head], *rows]]


def conditions(status: dict[str, Any], fields: tuple[str, ...] = ("type", "status")) -> list[str]:
    """The conditions of a status."""
    found = status.get("conditions") or []
    if not found:
        return []
    head = [field[:1].upper() + field[1:] for field in fields]
    if len(fields) == 2:
        return ["Conditions:", "  " + "\t".join(head), *(f"  {c.get('type')} \t{c.get('status')} " for c in found)]
    lines = []
    for each in found:
        cells = [moment(each[f]) if f.endswith("Time") and each.get(f) else str(each.get(f, "")) for f in fields]
        spaced = "lastHeartbeatTime" in fields
        lines.append(
            [f"{cells[0]} ", *(f"{cell} " if spaced and at < 4 else cell for at, cell in enumerate(cells[1:]))]
        )
    return ["Conditions:", *table(head, lines)]


def moment(stamp: str) -> str:
    """A time in full, as Go's RFC 1123 with zone."""
    try:
        return parse_time(stamp).strftime("%a, %d %b %Y %H:%M:%S +0000")
    except TimeError:
        return "<unset>"


def events(found: list[dict[str, Any]], now: datetime) -> list[str]:
    """The events of an object, oldest first."""
    if not found:
        return ["Events:\t<none>"]

    def last(event: dict[str, Any]) -> str:
        series = event.get("series") or {}
        return str(
            series.get("lastObservedTime")
            or event.get("lastTimestamp")
            or event.get("eventTime")
            or event["metadata"].get("creationTimestamp", "")
        )

    rows = []
    for event in sorted(found, key=last):
        count = (event.get("series") or {}).get("count") or event.get("count") or 1
        when = age(last(event), now)
        if count > 1:
            first = event.get("firstTimestamp") or event.get("eventTime") or last(event)
            when = f"{when} (x{count} over {age(first, now)})"
        source = event.get("reportingComponent") or (event.get("source") or {}).get("component", "")
        message = str(event.get("message", "")).strip().replace("\n", " ")
        rows.append([event.get("type", ""), event.get("reason", ""), when, source, message])
    lines = table(["Type", "Reason", "Age", "From", "Message"], rows)
    lines[1] = "  ----\t------\t----\t----\t-------"
    return ["Events:", *lines]
