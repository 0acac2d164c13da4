"""Why a Pod fits nowhere: counted by reason for people, by plugin for the queue, by node for preemption."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from scheduler.arrays import Bools
from scheduler.plugin import Rejection

NO_NODES = "no nodes available to schedule pods"


@dataclasses.dataclass(slots=True)
class Diagnosis:
    """What was found in one attempt.

    `helpful` marks the rows where removing Pods may help; `reasons` counts nodes by reason; `by_row` gives the
    first excluding plugin's reasons of a row.
    """

    total: int
    pre_filter: str = ""
    reasons: Counter[str] = dataclasses.field(default_factory=Counter)
    plugins: set[str] = dataclasses.field(default_factory=set)
    pending: set[str] = dataclasses.field(default_factory=set)
    helpful: Bools | None = None
    post_filter: str = ""
    excluded: list[tuple[str, list[Rejection]]] = dataclasses.field(default_factory=list)

    @property
    def message(self) -> str:
        """The text of the Pod's condition and event."""
        if not self.total:
            return NO_NODES
        text = f"0/{self.total} nodes are available:"
        if self.pre_filter:
            text += f" {self.pre_filter}."
        else:
            text += reasons_text(self.reasons)
        return f"{text} {self.post_filter}" if self.post_filter else text

    def by_row(self, row: int) -> tuple[str, list[str]]:
        """The plugin that excluded a node, and its reasons; ("", []) if none did."""
        for plugin, rejections in self.excluded:
            found = [r.reason for r in rejections if r.mask[row]]
            if found:
                return plugin, found
        return "", []


def reasons_text(reasons: Counter[str]) -> str:
    """` 1 reason, 2 other reason.`, or nothing."""
    parts = sorted(f"{number} {reason}" for reason, number in reasons.items() if number)
    return f" {', '.join(parts)}." if parts else ""


def diagnose(
    total: int,
    among: Bools,
    excluded: Sequence[tuple[str, list[Rejection]]],
    absent: str = "",
    absent_plugins: Iterable[str] = (),
) -> Diagnosis:
    """Count what the filters said, in their order, of the rows `among`; other nodes count under `absent`."""
    found = Diagnosis(total, excluded=list(excluded))
    left = among.copy()
    hopeless = np.zeros(len(among), dtype=np.bool_)
    for plugin, rejections in excluded:
        gone = np.zeros(len(among), dtype=np.bool_)
        for rejection in rejections:
            hit = rejection.mask & left
            number = int(np.count_nonzero(hit))
            if number:
                found.reasons[rejection.reason] += number
                found.plugins.add(plugin)
                gone |= hit
                if not rejection.resolvable:
                    hopeless |= hit
        left &= ~gone
    found.helpful = among & ~left & ~hopeless
    others = total - int(np.count_nonzero(among))
    if others > 0 and absent:
        found.reasons[absent] += others
        found.plugins.update(absent_plugins)
    return found
