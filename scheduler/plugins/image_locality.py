"""ImageLocality: prefers nodes that hold the Pod's images, the larger ones and those on many nodes more."""

from __future__ import annotations

import numpy as np

from scheduler.arrays import Ints, RowList, Rows
from scheduler.plugin import MAX_SCORE, SKIP, State, Status
from scheduler.pods.info import PodInfo
from scheduler.state.cluster import Cluster

_MB = 1024 * 1024
_LEAST = 23 * _MB
_MOST_OF_ONE = 1000 * _MB


class ImageLocality:
    """Scores by bytes that need not be pulled."""

    name = "ImageLocality"
    local = True

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def pre_score(self, state: State, pod: PodInfo, rows: RowList) -> Status | None:
        """Skip when no node holds any of the images."""
        return None if any(self._cluster.images.rows(image) for image in pod.template.images) else SKIP

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """Between 23 MB (0) and 1000 MB for each image (100); an image counts by the share of nodes that hold it."""
        columns = self._cluster.columns
        held: Ints = np.zeros(columns.capacity, dtype=np.int64)
        for image in pod.template.images:
            where = self._cluster.images.rows(image)
            share = len(where) / max(columns.count, 1)
            for row, size in where.items():
                held[row] += int(size * share)
        most = _MOST_OF_ONE * max(len(pod.template.images), 1)
        scores: Ints = MAX_SCORE * (np.clip(held[rows], _LEAST, most) - _LEAST) // (most - _LEAST)
        return scores
