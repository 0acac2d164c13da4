"""What one scrape found: counters at a moment."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

PodKey = tuple[str, str]
"""Namespace and name of a Pod."""


class Point(NamedTuple):
    """A node or container at the moment `at`; `at` and `started` are milliseconds since 1970, `started` 0 if unknown.

    `cpu` is the time used since the start, in nanoseconds; `memory` the working set in bytes.
    """

    at: int = 0
    cpu: int = 0
    memory: int = 0
    started: int = 0


@dataclasses.dataclass(slots=True)
class Batch:
    """What kubelets said in one round: nodes by name, containers by Pod and name."""

    nodes: dict[str, Point] = dataclasses.field(default_factory=dict)
    pods: dict[PodKey, dict[str, Point]] = dataclasses.field(default_factory=dict)

    def add(self, other: Batch) -> None:
        """Take over what another one has; what both have stays."""
        self.nodes = other.nodes | self.nodes
        self.pods = other.pods | self.pods
