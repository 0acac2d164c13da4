"""Results of a template kept between Pods: only rows that changed are looked at again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from scheduler.arrays import ALL, Bools, Ints, Rows
from scheduler.plugin import Filter, Rejection, Score, State
from scheduler.pods.info import PodInfo
from scheduler.state.cluster import Cluster

_MOST = 32


class Kept:
    """What the local plugins said of all rows for one template, true as of `version`."""

    __slots__ = ("masks", "ok", "score", "skip_filter", "skip_score", "token", "version")

    def __init__(self, token: tuple[int, ...]) -> None:
        self.token = token
        self.version = 0
        self.masks: list[tuple[str, dict[tuple[str, bool], Bools]]] = []
        self.ok: Bools = np.zeros(0, dtype=np.bool_)
        self.score: Ints | None = None
        self.skip_filter: set[str] = set()
        self.skip_score: set[str] = set()

    def rejections(self) -> list[tuple[str, list[Rejection]]]:
        """The exclusions by plugin, in the filters' order."""
        return [
            (plugin, [Rejection(mask, reason, resolvable) for (reason, resolvable), mask in held.items()])
            for plugin, held in self.masks
        ]


class KeptResults:
    """The most recent templates' results."""

    def __init__(self, cluster: Cluster, filters: Sequence[Filter], scores: Sequence[tuple[Score, int]]) -> None:
        self._cluster = cluster
        self._filters = list(filters)
        self._scores = list(scores)
        self._kept: OrderedDict[int, Kept] = OrderedDict()

    def get(self, template: int) -> Kept | None:
        """A template's results if the table of nodes is still the same one; rows may have changed since."""
        found = self._kept.get(template)
        if found is None or found.token != self._token():
            return None
        self._kept.move_to_end(template)
        return found

    def make(self, state: State, pod: PodInfo) -> Kept:
        """Look at all rows; the state holds what the local PreFilter plugins said."""
        found = Kept(self._token())
        found.skip_filter = set(state.skip_filter)
        columns = self._cluster.columns
        found.version = columns.version
        found.ok = columns.valid.copy()
        for plugin in self._filters:
            if plugin.name in state.skip_filter:
                continue
            held: dict[tuple[str, bool], Bools] = {}
            for mask, reason, resolvable in plugin.filter(state, pod, ALL):
                if mask.any():
                    key = (reason, resolvable)
                    held[key] = held[key] | mask if key in held else mask.copy()
                    found.ok &= ~mask
            found.masks.append((plugin.name, held))
        self._kept[pod.template.id] = found
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return found

    def renew(self, kept: Kept, state: State, pod: PodInfo) -> None:
        """Look again at the rows that changed."""
        columns = self._cluster.columns
        if kept.version == columns.version:
            return
        rows = columns.changed_since(kept.version)
        kept.version = columns.version
        if not len(rows):
            return
        ok = columns.valid[rows]
        filters = {plugin.name: plugin for plugin in self._filters}
        for name, held in kept.masks:
            for mask in held.values():
                mask[rows] = False
            for mask, reason, resolvable in filters[name].filter(state, pod, rows):
                if mask.any():
                    key = (reason, resolvable)
                    if key not in held:
                        held[key] = np.zeros(columns.capacity, dtype=np.bool_)
                    held[key][rows] |= mask
                    ok &= ~mask
        kept.ok[rows] = ok
        if kept.score is not None:
            kept.score[rows] = self._score(kept, state, pod, rows)

    def score(self, kept: Kept, state: State, pod: PodInfo) -> Ints:
        """The weighted sum of the local scores over all rows."""
        if kept.score is None:
            kept.skip_score = set(state.skip_score)
            kept.score = self._score(kept, state, pod, ALL)
        return kept.score

    def _score(self, kept: Kept, state: State, pod: PodInfo, rows: Rows) -> Ints:
        size = self._cluster.columns.capacity if isinstance(rows, slice) else len(rows)
        total: Ints = np.zeros(size, dtype=np.int64)
        for plugin, weight in self._scores:
            if plugin.name not in kept.skip_score:
                total += plugin.score(state, pod, rows) * weight
        return total

    def _token(self) -> tuple[int, ...]:
        columns = self._cluster.columns
        return (columns.layout, self._cluster.images.version)
