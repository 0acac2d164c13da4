"""Node labels as columns of numbers, made for the keys that somebody asks about, and node selectors over them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from minik8s.api.core_v1 import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from scheduler.arrays import Bools, Ids, Rows

ABSENT = 0
HOSTNAME = "kubernetes.io/hostname"
_NUMBER = re.compile(r"[+-]?[0-9]+")


class Column:
    """One label over all rows: `ids[row]` is the number of its value, 0 where the node lacks the label."""

    def __init__(self, capacity: int) -> None:
        self.ids: Ids = np.zeros(capacity, dtype=np.int32)
        self.values: list[str] = [""]
        self._numbers: dict[str, int] = {}

    def number_of(self, value: str) -> int:
        """The number of a value that some node has or had; -1 if none ever had it."""
        return self._numbers.get(value, -1)

    def set(self, row: int, value: str | None) -> None:
        """Note what the node of that row has."""
        if value is None:
            self.ids[row] = ABSENT
            return
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = len(self.values)
            self.values.append(value)
        self.ids[row] = found

    def grow(self, capacity: int) -> None:
        """Make room for more rows."""
        self.ids = np.concatenate([self.ids, np.zeros(capacity - len(self.ids), dtype=np.int32)])


class Labels:
    """The labels of all nodes; `version` counts changes."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.rows: list[Mapping[str, str]] = [{} for _ in range(capacity)]
        self.names: list[str] = [""] * capacity
        self._columns: dict[str, Column] = {}
        self.version = 0

    def column(self, key: str) -> Column:
        """The column of a label; made now if nobody asked before."""
        found = self._columns.get(key)
        if found is None:
            found = self._columns[key] = Column(self._capacity)
            for row, labels in enumerate(self.rows):
                if key in labels:
                    found.set(row, labels[key])
        return found

    def set(self, row: int, name: str, labels: Mapping[str, str]) -> bool:
        """Note a node's name and labels; tells whether they changed."""
        before = self.rows[row]
        if before == labels and self.names[row] == name:
            return False
        self.rows[row] = labels
        self.names[row] = name
        self.version += 1
        for key, column in self._columns.items():
            column.set(row, labels.get(key))
        return True

    def grow(self, capacity: int) -> None:
        """Make room for more rows."""
        self.rows.extend({} for _ in range(capacity - self._capacity))
        self.names.extend("" for _ in range(capacity - self._capacity))
        self._capacity = capacity
        for column in self._columns.values():
            column.grow(capacity)

    def match_all(self, wanted: Mapping[str, str], rows: Rows) -> Bools:
        """Rows whose nodes have all those labels (a Pod's `nodeSelector`)."""
        found = self._all(rows)
        for key, value in wanted.items():
            column = self.column(key)
            found &= column.ids[rows] == column.number_of(value)
        return found

    def match(self, selector: NodeSelector, rows: Rows) -> Bools:
        """Rows that any term of a node selector matches."""
        found = ~self._all(rows)
        for term in selector.node_selector_terms:
            found |= self.match_term(term, rows)
        return found

    def match_term(self, term: NodeSelectorTerm, rows: Rows) -> Bools:
        """Rows that one term matches; an empty term matches none."""
        found = self._all(rows)
        if not term.match_expressions and not term.match_fields:
            return ~found
        for expression in term.match_expressions:
            found &= self._expression(expression, rows)
        for condition in term.match_fields:
            found &= self._field(condition, rows)
        return found

    def _all(self, rows: Rows) -> Bools:
        size = self._capacity if isinstance(rows, slice) else len(rows)
        return np.ones(size, dtype=np.bool_)

    def _expression(self, wanted: NodeSelectorRequirement, rows: Rows) -> Bools:
        column = self.column(wanted.key)
        ids = column.ids[rows]
        if wanted.operator == "Exists":
            return np.not_equal(ids, ABSENT)
        if wanted.operator == "DoesNotExist":
            return np.equal(ids, ABSENT)
        if wanted.operator in ("In", "NotIn"):
            found = _any_of(ids, (column.number_of(v) for v in wanted.values))
            return found if wanted.operator == "In" else np.logical_not(found)
        if wanted.operator in ("Gt", "Lt") and len(wanted.values) == 1 and _NUMBER.fullmatch(wanted.values[0]):
            bound = int(wanted.values[0])
            good = [
                at
                for at, value in enumerate(column.values)
                if at
                and _NUMBER.fullmatch(value)
                and (int(value) > bound) == (wanted.operator == "Gt")
                and int(value) != bound
            ]
            return _any_of(ids, good)
        return np.zeros(len(ids), dtype=np.bool_)

    def _field(self, wanted: NodeSelectorRequirement, rows: Rows) -> Bools:
        names = self.names if isinstance(rows, slice) else [self.names[row] for row in rows]
        if wanted.key != "metadata.name" or wanted.operator not in ("In", "NotIn"):
            return np.zeros(len(names), dtype=np.bool_)
        values = set(wanted.values)
        found = np.fromiter((name in values for name in names), dtype=np.bool_, count=len(names))
        return found if wanted.operator == "In" else ~found


def _any_of(ids: Ids, wanted: Iterable[int]) -> Bools:
    numbers = [n for n in wanted if n > 0]
    if not numbers:
        return np.zeros(len(ids), dtype=np.bool_)
    if len(numbers) == 1:
        return np.equal(ids, numbers[0])
    return np.isin(ids, numbers)
