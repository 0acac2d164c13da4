"""The affinity terms that Pods on nodes carry: each distinct term once, with how many carry it on each row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scheduler.arrays import Ints
from scheduler.pods.template import Template
from scheduler.pods.terms import NamespaceLabels, WeightedTerm


class Carried:
    """One distinct term and its carriers: `rows[row]` of them there, `total` in all."""

    __slots__ = ("matched", "rows", "term", "total")

    def __init__(self, term: WeightedTerm, capacity: int) -> None:
        self.term = term
        self.rows: Ints = np.zeros(capacity, dtype=np.int64)
        self.total = 0
        self.matched: dict[int, bool] = {}


class CarriedTerms:
    """All terms carried, by kind (see `scheduler.pods.terms`)."""

    def __init__(self, capacity: int, namespace_labels: NamespaceLabels) -> None:
        self._capacity = capacity
        self._namespace_labels = namespace_labels
        self._terms: tuple[dict[WeightedTerm, Carried], ...] = ({}, {}, {}, {})

    def count(self, row: int, template: Template, sign: int) -> None:
        """A Pod came to that row (1) or left it (-1)."""
        for term in template.terms:
            held = self._terms[term.kind]
            found = held.get(term)
            if found is None:
                found = held[term] = Carried(term, self._capacity)
            found.rows[row] += sign
            found.total += sign
            if not found.total:
                del held[term]

    def any_of(self, kind: int) -> bool:
        """Whether any Pod carries a term of that kind."""
        return bool(self._terms[kind])

    def meaning(self, kind: int, template: Template) -> Iterator[Carried]:
        """The carried terms of a kind that mean Pods of this template."""
        for found in self._terms[kind].values():
            known = found.matched.get(template.id)
            if known is None:
                if len(found.matched) > 1024:
                    found.matched.clear()
                known = found.term.term.matches(template.namespace, template.labels, self._namespace_labels)
                found.matched[template.id] = known
            if known:
                yield found

    def forget_matches(self) -> None:
        """Match again: namespaces changed their labels."""
        for held in self._terms:
            for found in held.values():
                found.matched.clear()

    def grow(self, capacity: int) -> None:
        """Make room for more rows."""
        more = np.zeros(capacity - self._capacity, dtype=np.int64)
        self._capacity = capacity
        for held in self._terms:
            for found in held.values():
                found.rows = np.concatenate([found.rows, more])
