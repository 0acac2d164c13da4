"""NodeResourcesBalancedAllocation: prefers nodes where cpu and memory would be taken to like shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scheduler.arrays import Floats, Ints, RowList, Rows
from scheduler.plugin import MAX_SCORE, SKIP, State, Status
from scheduler.plugins.strategies import counts, read_resources, taken_and_whole
from scheduler.pods.info import PodInfo
from scheduler.state.cluster import Cluster


class BalancedAllocation:
    """Scores by the spread of the shares. Args: `resources`."""

    name = "NodeResourcesBalancedAllocation"
    local = True

    def __init__(self, cluster: Cluster, args: Mapping[str, Any]) -> None:
        self._cluster = cluster
        self._weighed = read_resources(args.get("resources"))

    def pre_score(self, state: State, pod: PodInfo, rows: RowList) -> Status | None:
        """A Pod that asks for none of them would always go to the same node: skip."""
        asked = {number for number, amount in pod.template.requests if amount}
        return None if any(one.number in asked for one in self._weighed) else SKIP

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """100 where all shares are equal, less the more they differ."""
        columns = self._cluster.columns
        shares: list[Floats] = []
        present = []
        for one in self._weighed:
            if not counts(pod.template, one):
                continue
            taken, whole = taken_and_whole(columns, pod.template, one.number, rows, seen=False)
            there = whole > 0
            shares.append(np.where(there, np.minimum(taken / np.where(there, whole, 1), 1.0), 0.0))
            present.append(there)
        if len(shares) == 2:
            spread = np.where(present[0] & present[1], np.abs(shares[0] - shares[1]) / 2, 0.0)
        elif shares:
            number = np.maximum(np.sum(present, axis=0), 1)
            mean = np.sum(shares, axis=0) / number
            apart = [np.where(there, (share - mean) ** 2, 0.0) for share, there in zip(shares, present, strict=True)]
            spread = np.sqrt(np.sum(apart, axis=0) / number)
        else:
            spread = np.zeros(len(columns.pods[rows]))
        return ((1 - spread) * MAX_SCORE).astype(np.int64)
