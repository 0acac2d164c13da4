"""Columns from tabs, as Go's tabwriter makes them: a column is as wide as its cells in the lines next to each other."""

from __future__ import annotations

from collections.abc import Sequence

_PADDING = 2


def aligned(lines: Sequence[str]) -> list[str]:
    """Lines whose cells end in tabs, with spaces instead; what follows the last tab belongs to no column."""
    rows = [line.split("\t") for whole in lines for line in whole.split("\n")]
    widths = [[0] * (len(row) - 1) for row in rows]
    for column in range(max((len(row) for row in rows), default=1) - 1):
        start = 0
        while start < len(rows):
            end = start
            while end < len(rows) and len(rows[end]) - 1 > column:
                end += 1
            width = max((len(rows[at][column]) for at in range(start, end)), default=0) + _PADDING
            for at in range(start, end):
                widths[at][column] = width
            start = max(end, start + 1)
    return [
        "".join(cell.ljust(width) for cell, width in zip(row, wide, strict=False)) + row[-1]
        for row, wide in zip(rows, widths, strict=True)
    ]
