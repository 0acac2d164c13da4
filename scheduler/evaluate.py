"""Filters and scores over all rows for one Pod: which nodes fit, which of them is best, and if none, why."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from scheduler.arrays import ALL, Bools, Ints, RowList
from scheduler.diagnosis import Diagnosis, diagnose
from scheduler.handle import Handle
from scheduler.kept import Kept, KeptResults
from scheduler.plugin import (
    Code,
    Filter,
    Normalize,
    PreFilter,
    PreScore,
    Rejection,
    SchedulerPlugin,
    Score,
    State,
    Status,
)
from scheduler.pods.info import PodInfo

_MIN_NODES = 100


class NoFit(Exception):
    """The Pod fits nowhere now; `diagnosis` says why."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        super().__init__(diagnosis.message)
        self.diagnosis = diagnosis


class PluginError(Exception):
    """A plugin reported that something broke."""


class Evaluator:
    """The PreFilter, Filter, PreScore and Score points of one profile."""

    def __init__(
        self,
        handle: Handle,
        pre_filters: Sequence[PreFilter],
        filters: Sequence[Filter],
        pre_scores: Sequence[PreScore],
        scores: Sequence[tuple[Score, int]],
        percentage: int = 0,
        choice: random.Random | None = None,
    ) -> None:
        self._handle = handle
        self._cluster = handle.cluster
        self.pre_filters = list(pre_filters)
        self._local_pre_filters = {p.name for p in self.pre_filters if is_local(p)}
        self.filters = list(filters)
        self._pre_scores = list(pre_scores)
        self._scores = [(s, w, s if isinstance(s, Normalize) else None) for s, w in scores if not _keeps(s)]
        self._percentage = percentage
        self._next_start = 0
        self._random = choice or random.Random()
        kept_scores = [(s, w) for s, w in scores if _keeps(s)]
        self._global_filters = [f for f in self.filters if not is_local(f)]
        self._results = KeptResults(self._cluster, [f for f in self.filters if is_local(f)], kept_scores)
        self._local_scores = kept_scores
        names = {s.name for s, _ in kept_scores}
        self._kept_pre_scores = [p for p in self._pre_scores if p.name in names]
        self._other_pre_scores = [p for p in self._pre_scores if p.name not in names]

    def pre_filter(self, state: State, pod: PodInfo) -> Kept | None:
        """Run the PreFilter plugins. Raises NoFit and PluginError."""
        kept = self._results.get(pod.template.id)
        if kept is not None:
            state.skip_filter |= kept.skip_filter
            state.pre_filtered |= self._local_pre_filters
        for plugin in self.pre_filters:
            if kept is None or plugin.name not in self._local_pre_filters:
                self._checked(state, plugin, plugin.pre_filter(state, pod))
        return kept

    def _checked(self, state: State, plugin: SchedulerPlugin, status: Status | None) -> None:
        state.pre_filtered.add(plugin.name)
        if status is None:
            return
        if status.code is Code.SKIP:
            state.skip_filter.add(plugin.name)
            return
        if status.code is Code.ERROR:
            raise PluginError(f'running PreFilter plugin "{plugin.name}": {status.message}')
        found = Diagnosis(self._cluster.columns.count, pre_filter=status.message)
        (found.pending if status.code is Code.PENDING else found.plugins).add(plugin.name)
        if status.code is Code.UNSCHEDULABLE:
            found.helpful = self._cluster.columns.valid.copy()
        raise NoFit(found)

    def feasible(self, state: State, pod: PodInfo) -> tuple[Bools, Kept | None]:
        """The rows that fit. Raises NoFit when there are none, PluginError."""
        columns = self._cluster.columns
        if not columns.count:
            raise NoFit(Diagnosis(0))
        kept = self.pre_filter(state, pod)
        if state.only is not None:
            return self._among(state, pod), None
        if kept is None:
            kept = self._results.make(state, pod)
        else:
            self._results.renew(kept, state, pod)
        ok = kept.ok
        said: list[tuple[str, list[Rejection]]] = []
        for plugin in self._global_filters:
            if plugin.name in state.skip_filter:
                continue
            rejections = list(plugin.filter(state, pod, ALL))
            said.append((plugin.name, rejections))
            for rejection in rejections:
                ok = ok & ~rejection.mask
        ok, reserved = self._leave_room(state, pod, ok)
        if not ok.any():
            order = {plugin.name: at for at, plugin in enumerate(self.filters)}
            excluded = sorted([*kept.rejections(), *said], key=lambda one: order[one[0]])
            raise NoFit(diagnose(columns.count, columns.valid.copy(), [*excluded, *reserved], "", ()))
        return ok, kept

    def _among(self, state: State, pod: PodInfo) -> Bools:
        """The same for a Pod that PreFilter plugins restricted to some nodes."""
        columns = self._cluster.columns
        assert state.only is not None
        numbers = sorted(row for name in state.only if (row := columns.row_of.get(name)) is not None)
        rows: RowList = np.array(numbers, dtype=np.intp)
        among = np.zeros(columns.capacity, dtype=np.bool_)
        among[rows] = True
        ok = among.copy()
        excluded = self.filter_rows(state, pod, rows)
        for _, rejections in excluded:
            for rejection in rejections:
                ok &= ~rejection.mask
        ok, reserved = self._leave_room(state, pod, ok)
        if not ok.any():
            names = ", ".join(sorted(set(state.only_by)))
            by = " ".join(sorted(set(state.only_by)))
            absent = f"node(s) didn't satisfy plugin(s) [{by}]"
            if not len(state.only) and len(set(state.only_by)) > 1:
                absent = f"node(s) didn't satisfy plugin(s) [{names}] simultaneously"
            found = diagnose(columns.count, among, [*excluded, *reserved], absent, state.only_by)
            raise NoFit(found)
        return ok

    def filter_rows(
        self, state: State, pod: PodInfo, rows: RowList, first: bool = False
    ) -> list[tuple[str, list[Rejection]]]:
        """What the filters say of some rows, as masks over all rows; with `first`, up to the first exclusion."""
        found = []
        for plugin in self.filters:
            if plugin.name in state.skip_filter:
                continue
            spread = []
            for mask, reason, resolvable in plugin.filter(state, pod, rows):
                if mask.any():
                    wide = np.zeros(self._cluster.columns.capacity, dtype=np.bool_)
                    wide[rows] = mask
                    spread.append(Rejection(wide, reason, resolvable))
            found.append((plugin.name, spread))
            if first and spread:
                break
        return found

    def _leave_room(self, state: State, pod: PodInfo, ok: Bools) -> tuple[Bools, list[tuple[str, list[Rejection]]]]:
        """Take out nodes where the Pod fits only as long as nominated Pods are not there."""
        if not len(self._handle.nominations):
            return ok, []
        found: list[tuple[str, list[Rejection]]] = []
        for node, ahead in self._handle.nominations.before(pod).items():
            row = self._cluster.columns.row_of.get(node)
            if row is None or not ok[row]:
                continue
            with self._cluster.changed(row, having=ahead):
                said = self.try_row(state, pod, row)
            if said is not None:
                ok = ok.copy()
                ok[row] = False
                found += said
        return ok, found

    def try_row(self, state: State, pod: PodInfo, row: int) -> list[tuple[str, list[Rejection]]] | None:
        """Whether the Pod fits a row of the cluster as it is made now: None, or what excludes it."""
        fresh = State(data=dict(state.data), skip_filter=set(state.skip_filter))
        for plugin in self.pre_filters:
            counts = plugin.name not in self._local_pre_filters and getattr(plugin, "counts_pods", True)
            if counts or plugin.name not in state.pre_filtered:
                fresh.skip_filter.discard(plugin.name)
                try:
                    self._checked(fresh, plugin, plugin.pre_filter(fresh, pod))
                except NoFit:
                    mask = np.zeros(self._cluster.columns.capacity, dtype=np.bool_)
                    mask[row] = True
                    return [(plugin.name, [Rejection(mask, "node(s) rejected before filtering")])]
        said = self.filter_rows(fresh, pod, np.array([row], dtype=np.intp), first=True)
        return [one for one in said if one[1]] or None

    def best(self, state: State, pod: PodInfo, ok: Bools, kept: Kept | None, extra: Ints | None = None) -> int:
        """The row to take: the highest sum of weighted scores, one of the best at random."""
        if kept is not None and extra is None and not self._limit(ok):
            found = self._best_of_kept(state, pod, ok, kept)
            if found is not None:
                return found
        rows = self._sampled(np.flatnonzero(ok))
        if len(rows) == 1:
            return int(rows[0])
        total = self.scores(state, pod, rows, kept)
        if extra is not None:
            total = total + extra[rows]
        best = np.flatnonzero(total == total.max())
        return int(rows[best[self._random.randrange(len(best))]])

    def _best_of_kept(self, state: State, pod: PodInfo, ok: Bools, kept: Kept) -> int | None:
        """The short way: when only kept scores tell nodes apart. None when others do too."""
        rows: RowList | None = None
        for plugin in self._other_pre_scores:
            if rows is None:
                rows = np.flatnonzero(ok)
                if len(rows) == 1:
                    return int(rows[0])
            self._skips(state, pod, plugin, rows)
        if any(plugin.name not in state.skip_score for plugin, _, _ in self._scores):
            return None
        masked = np.where(ok, self._kept_score(state, pod, kept), -1)
        best = np.flatnonzero(masked == masked.max())
        return int(best[self._random.randrange(len(best))])

    def _kept_score(self, state: State, pod: PodInfo, kept: Kept) -> Ints:
        if kept.score is None:
            for plugin in self._kept_pre_scores:
                self._skips(state, pod, plugin, np.flatnonzero(kept.ok))
        return self._results.score(kept, state, pod)

    def _skips(self, state: State, pod: PodInfo, plugin: PreScore, rows: RowList) -> None:
        if plugin.name in state.prepared:
            return
        state.prepared.add(plugin.name)
        status = plugin.pre_score(state, pod, rows)
        if status is None:
            return
        if status.code is not Code.SKIP:
            raise PluginError(f'running PreScore plugin "{plugin.name}": {status.message}')
        state.skip_score.add(plugin.name)

    def scores(self, state: State, pod: PodInfo, rows: RowList, kept: Kept | None) -> Ints:
        """The weighted sums of those rows, which all fit."""
        if kept is not None:
            total = self._kept_score(state, pod, kept)[rows]
            if not self._scores:
                return total
        else:
            for plugin in self._kept_pre_scores:
                self._skips(state, pod, plugin, rows)
            total = np.zeros(len(rows), dtype=np.int64)
            for scorer, weight in self._local_scores:
                if scorer.name not in state.skip_score:
                    total += scorer.score(state, pod, rows) * weight
        for plugin in self._other_pre_scores:
            self._skips(state, pod, plugin, rows)
        for scorer, weight, normalizer in self._scores:
            if scorer.name in state.skip_score:
                continue
            found = scorer.score(state, pod, rows)
            if normalizer is not None:
                found = normalizer.normalize(state, pod, found, rows)
            total = total + found * weight
        return total

    def by_plugin(self, state: State, pod: PodInfo, rows: RowList) -> dict[str, Ints]:
        """Each plugin's weighted scores of those rows, for explanations."""
        for plugin in self._pre_scores:
            self._skips(state, pod, plugin, rows)
        found: dict[str, Ints] = {}
        every = [*((s, w, None) for s, w in self._local_scores), *self._scores]
        for scorer, weight, normalizer in every:
            if scorer.name in state.skip_score:
                continue
            numbers = scorer.score(state, pod, rows)
            if normalizer is not None:
                numbers = normalizer.normalize(state, pod, numbers, rows)
            found[scorer.name] = numbers * weight
        return found

    def _limit(self, ok: Bools) -> int:
        """How many fitting nodes are enough; 0 for all. Scoring all at once is cheap, so all is the default."""
        total = self._cluster.columns.count
        if not 0 < self._percentage < 100 or total < _MIN_NODES:
            return 0
        return max(total * self._percentage // 100, _MIN_NODES)

    def _sampled(self, rows: RowList) -> RowList:
        limit = self._limit(self._cluster.columns.valid)
        if not limit or len(rows) <= limit:
            return rows
        start = int(np.searchsorted(rows, self._next_start)) % len(rows)
        taken = np.roll(rows, -start)[:limit]
        self._next_start = int(taken[-1]) + 1
        return taken


def is_local(plugin: SchedulerPlugin) -> bool:
    """Whether what the plugin says of a row depends on the template and the row alone."""
    return bool(getattr(plugin, "local", False))


def _keeps(plugin: SchedulerPlugin) -> bool:
    return is_local(plugin) and not isinstance(plugin, Normalize)
