"""Volumes as scheduling sees them: who uses which claim and disk, and what was promised but is not written yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from minik8s.api.core_v1 import Volume
from scheduler.pods.claims import claims_of
from scheduler.pods.info import PodInfo


class Volumes:
    """Claims by `namespace/name`. Promises (`taken`, `chosen`) hold from Reserve until the API shows them."""

    def __init__(self) -> None:
        self._users: dict[str, set[str]] = {}
        self._on: dict[int, dict[str, PodInfo]] = {}
        self.taken: dict[str, str] = {}
        """PersistentVolumes by name that were promised to a claim."""
        self.chosen: dict[str, str] = {}
        """Claims that are to be provisioned for a node."""
        self._waiters: list[asyncio.Future[None]] = []

    def add(self, row: int, pod: PodInfo) -> None:
        """A Pod with volumes is on that row."""
        self._on.setdefault(row, {})[pod.key] = pod
        for claim in claims_of(pod.pod, pod.template.volumes):
            self._users.setdefault(f"{pod.namespace}/{claim.name}", set()).add(pod.key)

    def remove(self, row: int, pod: PodInfo) -> None:
        """The Pod left that row."""
        here = self._on.get(row, {})
        here.pop(pod.key, None)
        if not here:
            self._on.pop(row, None)
        for claim in claims_of(pod.pod, pod.template.volumes):
            users = self._users.get(f"{pod.namespace}/{claim.name}", set())
            users.discard(pod.key)
            if not users:
                self._users.pop(f"{pod.namespace}/{claim.name}", None)

    def users(self, claim: str) -> set[str]:
        """The Pods on nodes that use a claim."""
        return self._users.get(claim, set())

    def on(self, row: int) -> list[PodInfo]:
        """The Pods with volumes on a row."""
        return list(self._on.get(row, {}).values())

    def rows(self) -> Iterator[int]:
        """The rows with Pods that have volumes."""
        return iter(list(self._on))

    def notify(self) -> None:
        """A claim or volume changed: wake who waits for that."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def change(self) -> asyncio.Future[None]:
        """Done at the next change of a claim or volume."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(future)
        return future


def same_disk(one: Volume, other: Volume) -> bool:
    """Whether two volumes are one disk that cannot be mounted twice the way they ask for."""
    if one.gce_persistent_disk and other.gce_persistent_disk:
        a, b = one.gce_persistent_disk, other.gce_persistent_disk
        if a.pd_name == b.pd_name and not (a.read_only and b.read_only):
            return True
    if one.aws_elastic_block_store and other.aws_elastic_block_store:
        if one.aws_elastic_block_store.volume_id == other.aws_elastic_block_store.volume_id:
            return True
    if one.iscsi and other.iscsi:
        if one.iscsi.iqn == other.iscsi.iqn and not (one.iscsi.read_only and other.iscsi.read_only):
            return True
    if one.rbd and other.rbd:
        c, d = one.rbd, other.rbd
        same = c.pool == d.pool and c.image == d.image and bool(set(c.monitors) & set(d.monitors))
        if same and not (c.read_only and d.read_only):
            return True
    return False
