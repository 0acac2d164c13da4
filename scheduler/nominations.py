"""Pods that have a node set aside for them while its lower-priority Pods make room."""

from __future__ import annotations

from scheduler.pods.info import PodInfo


class Nominations:
    """Nominated Pods by node; a Pod is nominated to one node at most."""

    def __init__(self) -> None:
        self._node_of: dict[str, str] = {}
        self._on: dict[str, dict[str, PodInfo]] = {}

    def __len__(self) -> int:
        return len(self._node_of)

    def set(self, pod: PodInfo, node: str) -> None:
        """Set a node aside for a Pod; "" takes the nomination away."""
        self.remove(pod.uid)
        if node:
            self._node_of[pod.uid] = node
            self._on.setdefault(node, {})[pod.uid] = pod

    def remove(self, uid: str) -> None:
        """The Pod is nominated no more."""
        node = self._node_of.pop(uid, None)
        if node is not None:
            here = self._on[node]
            del here[uid]
            if not here:
                del self._on[node]

    def node_of(self, uid: str) -> str:
        """The node set aside for a Pod, "" if none."""
        return self._node_of.get(uid, "")

    def on(self, node: str) -> list[PodInfo]:
        """The Pods a node is set aside for."""
        return list(self._on.get(node, {}).values())

    def before(self, pod: PodInfo) -> dict[str, list[PodInfo]]:
        """By node, the nominated Pods that this one must leave room for: others of its priority or a higher one."""
        found: dict[str, list[PodInfo]] = {}
        for node, pods in self._on.items():
            ahead = [p for p in pods.values() if p.priority >= pod.priority and p.uid != pod.uid]
            if ahead:
                found[node] = ahead
        return found
