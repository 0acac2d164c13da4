"""How many Pods of a kind each node runs, kept up to date for every selector that somebody asked about.

Pods with the same namespace and labels are one class: a selector is matched once a class, not once a Pod.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from scheduler.arrays import Ints
from scheduler.pods.info import PodInfo
from scheduler.pods.terms import NamespaceLabels, Term

_MOST_TRACKED = 512


class Query(NamedTuple):
    """Pods that all of `terms` mean (their topology keys do not count here)."""

    terms: tuple[Term, ...]
    skip_terminating: bool = False


class _Class:
    __slots__ = ("generation", "labels", "namespace", "rows", "terminating", "tracked")

    def __init__(self, namespace: str, labels: Mapping[str, str], terminating: bool) -> None:
        self.namespace, self.labels, self.terminating = namespace, labels, terminating
        self.rows: dict[int, int] = {}
        self.tracked: list[Ints] = []
        self.generation = -1


class PodCounts:
    """Counts per row for queries; the arrays returned are live: read them at once, never change them."""

    def __init__(self, capacity: int, namespace_labels: NamespaceLabels) -> None:
        self._capacity = capacity
        self._namespace_labels = namespace_labels
        self._classes: dict[tuple[str, frozenset[tuple[str, str]], bool], _Class] = {}
        self._tracked: dict[Query, Ints] = {}
        self._generation = 0

    def of(self, query: Query) -> Ints:
        """Pods per row that the query means."""
        found = self._tracked.pop(query, None)
        if found is None:
            if len(self._tracked) >= _MOST_TRACKED:
                del self._tracked[next(iter(self._tracked))]
            found = np.zeros(self._capacity, dtype=np.int64)
            for one in self._classes.values():
                if self._matches(query, one):
                    for row, number in one.rows.items():
                        found[row] += number
            self._generation += 1
        self._tracked[query] = found
        return found

    def forget_queries(self, capacity: int = 0) -> None:
        """Count anew when asked again: namespaces changed their labels, or there are more rows."""
        self._capacity = capacity or self._capacity
        self._tracked.clear()
        self._generation += 1

    def add(self, row: int, pod: PodInfo) -> None:
        """A Pod is on that row now."""
        one = self._class(pod)
        one.rows[row] = one.rows.get(row, 0) + 1
        for counts in self._tracked_of(one):
            counts[row] += 1

    def remove(self, row: int, pod: PodInfo) -> None:
        """The Pod left that row."""
        one = self._class(pod)
        left = one.rows.get(row, 0) - 1
        if left > 0:
            one.rows[row] = left
        else:
            one.rows.pop(row, None)
        for counts in self._tracked_of(one):
            counts[row] -= 1
        if not one.rows:
            del self._classes[_key(pod)]

    def _class(self, pod: PodInfo) -> _Class:
        key = _key(pod)
        found = self._classes.get(key)
        if found is None:
            found = self._classes[key] = _Class(pod.namespace, pod.template.labels, pod.terminating)
        return found

    def _tracked_of(self, one: _Class) -> list[Ints]:
        if one.generation != self._generation:
            one.tracked = [counts for query, counts in self._tracked.items() if self._matches(query, one)]
            one.generation = self._generation
        return one.tracked

    def _matches(self, query: Query, one: _Class) -> bool:
        if query.skip_terminating and one.terminating:
            return False
        return all(t.matches(one.namespace, one.labels, self._namespace_labels) for t in query.terms)


def _key(pod: PodInfo) -> tuple[str, frozenset[tuple[str, str]], bool]:
    return pod.namespace, frozenset(pod.template.labels.items()), pod.terminating
