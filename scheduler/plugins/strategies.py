"""How NodeResourcesFit scores: least allocated, most allocated, or by a shape the profile draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from scheduler import resources
from scheduler.arrays import Ints, Rows
from scheduler.plugin import MAX_SCORE
from scheduler.pods.template import Template
from scheduler.state.columns import Columns

_DEFAULT = ({"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1})


class Weighed(NamedTuple):
    """A resource that counts in a score, with its weight."""

    number: int
    weight: int


class Strategy(Protocol):
    """Scores nodes by what would be taken on them."""

    def score(self, columns: Columns, template: Template, rows: Rows) -> Ints:
        """0 to 100 for each row."""
        ...


def taken_and_whole(columns: Columns, template: Template, number: int, rows: Rows, seen: bool) -> tuple[Ints, Ints]:
    """What would be taken of a resource with the Pod there, and what the node has of it.

    `seen` counts defaults for containers that ask for no cpu or memory.
    """
    if not columns.has_resource(number):
        nothing = np.zeros_like(columns.pods[rows])
        return nothing, nothing
    whole = columns.allocatable[number][rows]
    if number in (resources.CPU, resources.MEMORY) and seen:
        return columns.seen[number][rows] + template.seen.get(number, 0), whole
    return columns.requested[number][rows] + dict(template.requests).get(number, 0), whole


def counts(template: Template, weighed: Weighed) -> bool:
    """Whether a resource counts for the Pod: extended ones only where it asks for them."""
    basic = weighed.number in (resources.CPU, resources.MEMORY, resources.STORAGE)
    return basic or any(number == weighed.number for number, _ in template.requests)


class Shares:
    """LeastAllocated, or with `most` MostAllocated: the weighted mean of the shares left (or taken)."""

    def __init__(self, weighed: Sequence[Weighed], most: bool) -> None:
        self._weighed, self._most = weighed, most

    def score(self, columns: Columns, template: Template, rows: Rows) -> Ints:
        """0 to 100 for each row."""
        total = np.zeros_like(columns.pods[rows])
        weights = np.zeros_like(total)
        for one in self._weighed:
            if not counts(template, one):
                continue
            taken, whole = taken_and_whole(columns, template, one.number, rows, seen=True)
            there = whole > 0
            divisor = np.where(there, whole, 1)
            if self._most:
                share = np.minimum(taken, whole) * MAX_SCORE // divisor
            else:
                share = np.maximum(whole - taken, 0) * MAX_SCORE // divisor
            total += np.where(there, share * one.weight, 0)
            weights += there * one.weight
        result: Ints = total // np.maximum(weights, 1)
        return result


class Shape:
    """RequestedToCapacityRatio: utilization in percent is mapped to a score along a line with corners."""

    def __init__(self, weighed: Sequence[Weighed], points: Sequence[tuple[int, int]]) -> None:
        self._weighed = weighed
        self._at = [p[0] for p in points]
        self._scores = [p[1] * MAX_SCORE // 10 for p in points]

    def score(self, columns: Columns, template: Template, rows: Rows) -> Ints:
        """0 to 100 for each row."""
        total = np.zeros_like(columns.pods[rows])
        weights = np.zeros_like(total)
        for one in self._weighed:
            if not counts(template, one):
                continue
            taken, whole = taken_and_whole(columns, template, one.number, rows, seen=True)
            there = whole > 0
            used = np.where((taken > whole) | ~there, 100, taken * 100 // np.where(there, whole, 1))
            score = self._line(used)
            good = there & (score > 0)
            total += np.where(good, score * one.weight, 0)
            weights += good * one.weight
        mean = np.where(weights > 0, total / np.maximum(weights, 1), 0.0)
        return np.floor(mean + 0.5).astype(np.int64)

    def _line(self, used: Ints) -> Ints:
        score = np.full_like(used, self._scores[-1])
        for at in range(len(self._at) - 1, -1, -1):
            below = used <= self._at[at]
            if at == 0:
                score = np.where(below, self._scores[0], score)
                continue
            rise, run = self._scores[at] - self._scores[at - 1], self._at[at] - self._at[at - 1]
            steps = rise * (used - self._at[at - 1])
            between = self._scores[at - 1] + np.sign(steps) * (np.abs(steps) // run)
            score = np.where(below, between, score)
        return score


def read_resources(args: Any, default: Sequence[Mapping[str, Any]] = _DEFAULT) -> list[Weighed]:
    """`resources` of a plugin's args. Raises ValueError."""
    found = []
    for one in args or default:
        weight = int(one.get("weight") or 1)
        if not 1 <= weight <= 100:
            raise ValueError(f"resources: weight of {one.get('name')} is {weight}, must be 1 to 100")
        if not one.get("name"):
            raise ValueError("resources: every entry needs a name")
        found.append(Weighed(resources.number_of(str(one["name"])), weight))
    return found


def read_strategy(args: Any) -> Strategy:
    """`scoringStrategy` of the plugin's args. Raises ValueError."""
    args = args or {}
    weighed = read_resources(args.get("resources"))
    kind = args.get("type") or "LeastAllocated"
    if kind in ("LeastAllocated", "MostAllocated"):
        return Shares(weighed, kind == "MostAllocated")
    if kind != "RequestedToCapacityRatio":
        known = "LeastAllocated, MostAllocated, RequestedToCapacityRatio"
        raise ValueError(f"scoringStrategy.type: unsupported value {kind!r}, known are {known}")
    shape = (args.get("requestedToCapacityRatio") or {}).get("shape") or []
    points = [(int(p.get("utilization", 0)), int(p.get("score", 0))) for p in shape]
    if not points:
        raise ValueError("scoringStrategy.requestedToCapacityRatio.shape: at least one point must be specified")
    if any(b[0] <= a[0] for a, b in zip(points, points[1:], strict=False)):
        raise ValueError("scoringStrategy.requestedToCapacityRatio.shape: utilization values must be sorted")
    if any(not 0 <= u <= 100 or not 0 <= s <= 10 for u, s in points):
        raise ValueError("scoringStrategy.requestedToCapacityRatio.shape: utilization is 0 to 100, score 0 to 10")
    return Shape(weighed, points)
