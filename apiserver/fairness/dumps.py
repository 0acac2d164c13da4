"""The levels as a table for people who look for what is held up: columns are set apart by commas and blanks."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.fairness.tally import CANCELLED, TIMED_OUT, Tallies

PRIORITY_LEVELS = "/debug/api_priority_and_fairness/dump_priority_levels"
"""The path."""

_COLUMNS = (
    "PriorityLevelName",
    "ActiveQueues",
    "IsIdle",
    "IsQuiescing",
    "WaitingRequests",
    "ExecutingRequests",
    "DispatchedRequests",
    "RejectedRequests",
    "TimedoutRequests",
    "CancelledRequests",
)
_NARROWEST = 8


def priority_levels(tallies: Tallies) -> str:
    """A line for each level, in order of their names."""
    rows: list[tuple[object, ...]] = [_COLUMNS]
    for level in tallies.levels():
        running, waiting, reasons = tallies.of_level(level["name"])
        timed_out, cancelled = reasons.get(TIMED_OUT, 0), reasons.get(CANCELLED, 0)
        rows.append(
            (
                level["name"],
                level["activeQueues"],
                "false" if running or waiting else "true",
                "false",
                waiting,
                running,
                level["dispatchedRequests"],
                sum(reasons.values()) - timed_out - cancelled,
                timed_out,
                cancelled,
            )
        )
    return _table(rows)


def _table(rows: Sequence[Sequence[object]]) -> str:
    cells = [[*(f"{cell}," for cell in row[:-1]), str(row[-1])] for row in rows]
    widths = [max(_NARROWEST, *(len(cell) + 1 for cell in column)) for column in zip(*cells, strict=True)]
    lines = [
        "".join(cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)) + row[-1] for row in cells
    ]
    return "\n".join(lines) + "\n"
