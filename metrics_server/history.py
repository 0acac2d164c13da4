"""The last two points of every node and container, and the use between them."""

from __future__ import annotations

from typing import NamedTuple

from metrics_server.points import Batch, PodKey, Point

FRESH_MS = 10_000
"""A container that runs for less than this has no rate yet that would mean anything."""


class Usage(NamedTuple):
    """CPU in nanocores over `window` milliseconds, and the working set in bytes at its end `at`."""

    cpu: int
    memory: int
    at: int
    window: int


class History:
    """Takes rounds and tells uses. What one round lacks is forgotten: what was long ago is no use now.

    `resolution` is the time between rounds, in milliseconds: a container younger than that counts from its start.
    """

    def __init__(self, resolution: int) -> None:
        self._resolution = resolution
        self._nodes: dict[str, Point] = {}
        self._nodes_before: dict[str, Point] = {}
        self._pods: dict[PodKey, dict[str, Point]] = {}
        self._pods_before: dict[PodKey, dict[str, Point]] = {}

    def store(self, batch: Batch) -> None:
        """Take a round."""
        self._nodes_before = {
            name: before
            for name, point in batch.nodes.items()
            if (before := _before(point, self._nodes.get(name), self._nodes_before.get(name))) is not None
        }
        self._nodes = batch.nodes
        befores = {key: self._containers(key, containers) for key, containers in batch.pods.items()}
        self._pods = batch.pods
        self._pods_before = {key: held for key, held in befores.items() if held}

    def _containers(self, key: PodKey, containers: dict[str, Point]) -> dict[str, Point]:
        last, before = self._pods.get(key, {}), self._pods_before.get(key, {})
        found = {name: self._container(point, last.get(name), before.get(name)) for name, point in containers.items()}
        return {name: held for name, held in found.items() if held is not None}

    def _container(self, point: Point, last: Point | None, before: Point | None) -> Point | None:
        if FRESH_MS <= point.at - point.started < self._resolution:
            return point._replace(at=point.started, cpu=0)
        if last is not None and point.started >= last.at:
            return None
        return _before(point, last, before)

    def node(self, name: str) -> Usage | None:
        """What a node uses; None before it has two points."""
        last, before = self._nodes.get(name), self._nodes_before.get(name)
        return _usage(last, before) if last is not None and before is not None else None

    def pod(self, key: PodKey) -> dict[str, Usage]:
        """What a Pod's containers use; empty before each of them has two points.

        A container whose counter went back is left out.
        """
        last, before = self._pods.get(key, {}), self._pods_before.get(key, {})
        if last.keys() != before.keys():
            return {}
        found = {name: _usage(point, before[name]) for name, point in last.items()}
        return {name: usage for name, usage in found.items() if usage is not None}

    @property
    def counts(self) -> tuple[int, int]:
        """Of how many nodes and of how many containers the use can be told."""
        return len(self._nodes_before), sum(map(len, self._pods_before.values()))


def _before(point: Point, last: Point | None, before: Point | None) -> Point | None:
    """What a new point is compared with: the last one, or the one before it while there is nothing newer."""
    if last is None:
        return None
    if point.at > last.at:
        return last
    return before if before is not None and before.at < point.at else None


def _usage(last: Point, before: Point) -> Usage | None:
    window = last.at - before.at
    if last.started < before.started or last.cpu < before.cpu:
        return None
    return Usage((last.cpu - before.cpu) * 1000 // window, last.memory, last.at, window)
