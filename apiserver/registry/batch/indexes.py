"""Sets of completion indexes written as text: `1,3-5,7`."""

from __future__ import annotations

import re

from minik8s.machinery.quoting import quote

_INTEGER = re.compile(r"[+-]?[0-9]+")


class IndexesError(ValueError):
    """A text is no set of indexes in rising order below the number of completions."""


def _index(text: str, completions: int) -> int:
    if _INTEGER.fullmatch(text) is None:
        raise IndexesError(f"cannot convert string to integer for index: {quote(text)}")
    if int(text) >= completions:
        raise IndexesError(f"too large index: {quote(text)}")
    return int(text)


def _not_rising(previous: int, current: int) -> IndexesError:
    return IndexesError(f"non-increasing order, previous: {previous}, current: {current}")


def count_indexes(text: str, completions: int) -> int:
    """How many indexes a text names. Raises IndexesError."""
    total, last = 0, -1
    for interval in text.split(",") if text else ():
        ends = interval.split("-")
        if len(ends) > 2:
            raise IndexesError(
                f"the fragment {quote(interval)} violates the requirement that an index interval can have at most "
                "two parts separated by '-'"
            )
        first = end = _index(ends[0], completions)
        if len(ends) == 2:
            end = _index(ends[1], completions)
            if first >= end:
                raise _not_rising(first, end)
        if last >= first:
            raise _not_rising(last, first)
        total += end - first + 1
        last = end
    return total


def _intervals(text: str, completions: int) -> list[tuple[int, int]]:
    """The intervals of a text that can be read."""
    found = []
    for interval in text.split(",") if text else ():
        first, _, last = interval.partition("-")
        try:
            found.append((_index(first, completions), _index(last or first, completions)))
        except IndexesError:
            continue
    return found


def common_index(one: str, other: str, completions: int) -> int | None:
    """The first index that two texts both name, None where there is none; what cannot be read names nothing."""
    mine, theirs = _intervals(one, completions), _intervals(other, completions)
    at = beside = 0
    while at < len(mine) and beside < len(theirs):
        (first, last), (start, end) = mine[at], theirs[beside]
        if first <= end and start <= last:
            return max(first, start)
        if first <= start:
            at += 1
        else:
            beside += 1
    return None
