"""The numbers of all nodes, one row a node: what they have, what is taken, which taints they carry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from minik8s.api.core_v1 import Node, Taint
from scheduler import resources
from scheduler.arrays import Bools, Ids, Ints, RowList
from scheduler.pods.template import Template
from scheduler.state.labels import Labels
from scheduler.state.taints import TaintSets

_FIRST_ROWS = 64
_MOST_PODS = 2**62


class Columns:
    """One row a node. Rows of nodes that left are reused; `valid` tells which rows stand for a node.

    `version` counts changes, and `changed[row]` is the version of a row's last one: who keeps results for all rows
    asks for the rows that changed since (`changed_since`). `layout` changes when rows are added or change hands.
    """

    def __init__(self) -> None:
        self.capacity = _FIRST_ROWS
        self.version = 1
        self.layout = 1
        self.row_of: dict[str, int] = {}
        self.nodes: list[Node | None] = [None] * self.capacity
        self.valid: Bools = np.zeros(self.capacity, dtype=np.bool_)
        self.unschedulable: Bools = np.zeros(self.capacity, dtype=np.bool_)
        self.taint_set: Ids = np.zeros(self.capacity, dtype=np.int32)
        self.allocatable: Ints = np.zeros((resources.count(), self.capacity), dtype=np.int64)
        self.requested: Ints = np.zeros((resources.count(), self.capacity), dtype=np.int64)
        self.seen: Ints = np.zeros((2, self.capacity), dtype=np.int64)
        """cpu and memory requested, with defaults for containers that ask for none (what scores look at)."""
        self.pods: Ints = np.zeros(self.capacity, dtype=np.int64)
        self.allowed_pods: Ints = np.zeros(self.capacity, dtype=np.int64)
        self.changed: Ints = np.zeros(self.capacity, dtype=np.int64)
        self.labels = Labels(self.capacity)
        self.taints = TaintSets()
        self._free = list(range(self.capacity - 1, -1, -1))
        self._log: list[int] = []
        self._log_start = self.version

    @property
    def count(self) -> int:
        """How many nodes there are."""
        return len(self.row_of)

    def name(self, row: int) -> str:
        """The name of the node of a row."""
        return self.labels.names[row]

    def put(self, node: Node) -> tuple[int, bool]:
        """Add or update a node; returns its row and whether anything that scheduling looks at changed."""
        name = node.metadata.name
        row = self.row_of.get(name)
        new = row is None
        if row is None:
            if not self._free:
                self._grow()
            row = self._free.pop()
            self.row_of[name] = row
            self.layout += 1
        self.nodes[row] = node
        changed = self.labels.set(row, name, node.metadata.labels) or new
        changed |= self._set_allocatable(row, node.status.allocatable)
        taints = self.taints.number_of(_taints(node))
        if taints != self.taint_set[row] or bool(self.unschedulable[row]) != node.spec.unschedulable:
            self.taint_set[row] = taints
            self.unschedulable[row] = node.spec.unschedulable
            changed = True
        self.valid[row] = True
        if changed:
            self.touch(row)
        return row, changed

    def remove(self, name: str) -> int | None:
        """Forget a node; its row is free for another. Its Pods must have been taken off before."""
        row = self.row_of.pop(name, None)
        if row is None:
            return None
        self.valid[row] = False
        self.nodes[row] = None
        self.unschedulable[row] = False
        self.taint_set[row] = 0
        self.allocatable[:, row] = 0
        self.requested[:, row] = 0
        self.seen[:, row] = 0
        self.pods[row] = self.allowed_pods[row] = 0
        self.labels.set(row, "", {})
        self._free.append(row)
        self.layout += 1
        self.touch(row)
        return row

    def take(self, row: int, template: Template, sign: int = 1) -> None:
        """Count a Pod on a row, or with `sign` -1 take it off."""
        for number, amount in template.requests:
            if number >= len(self.requested):
                self._add_resources()
            self.requested[number, row] += sign * amount
        self.seen[0, row] += sign * template.seen_cpu
        self.seen[1, row] += sign * template.seen_memory
        self.pods[row] += sign
        self.touch(row)

    def touch(self, row: int) -> None:
        """Note that a row changed."""
        self.version += 1
        self.changed[row] = self.version
        self._log.append(row)
        if len(self._log) > 4096:
            del self._log[:2048]
            self._log_start += 2048

    def changed_since(self, version: int) -> RowList:
        """The rows that changed after `version`, each once."""
        if version >= self._log_start:
            recent = self._log[version - self._log_start :]
            if len(recent) < 64:
                return np.array(sorted(set(recent)), dtype=np.intp)
        return np.flatnonzero(self.changed > version)

    def has_resource(self, number: int) -> bool:
        """Whether a node or a Pod ever named that resource."""
        return number < len(self.allocatable)

    def _set_allocatable(self, row: int, allocatable: Mapping[str, str]) -> bool:
        found = {resources.number_of(n): q for n, q in allocatable.items() if n != resources.PODS}
        if resources.count() > len(self.allocatable):
            self._add_resources()
        column = np.zeros(len(self.allocatable), dtype=np.int64)
        for number, text in found.items():
            column[number] = resources.amount(number, text)
        allowed = resources.amount(resources.MEMORY, allocatable.get(resources.PODS, "0"))
        if allowed == self.allowed_pods[row] and np.array_equal(column, self.allocatable[:, row]):
            return False
        self.allocatable[:, row] = column
        self.allowed_pods[row] = allowed
        return True

    def _add_resources(self) -> None:
        more = resources.count() - len(self.allocatable)
        if more > 0:
            extra = np.zeros((more, self.capacity), dtype=np.int64)
            self.allocatable = np.concatenate([self.allocatable, extra])
            self.requested = np.concatenate([self.requested, extra.copy()])

    def _grow(self) -> None:
        old, new = self.capacity, self.capacity * 2
        more = new - old
        self.nodes.extend([None] * more)
        self.valid = np.concatenate([self.valid, np.zeros(more, dtype=np.bool_)])
        self.unschedulable = np.concatenate([self.unschedulable, np.zeros(more, dtype=np.bool_)])
        self.taint_set = np.concatenate([self.taint_set, np.zeros(more, dtype=np.int32)])
        for name in ("allocatable", "requested", "seen"):
            held: Ints = getattr(self, name)
            setattr(self, name, np.concatenate([held, np.zeros((len(held), more), dtype=np.int64)], axis=1))
        for name in ("pods", "allowed_pods", "changed"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, dtype=np.int64)]))
        self.labels.grow(new)
        self._free = list(range(new - 1, old - 1, -1))
        self.capacity = new
        self.layout += 1


def _taints(node: Node) -> list[Taint]:
    return node.spec.taints
