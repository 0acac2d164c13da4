"""The cluster as scheduling sees it: nodes, and the Pods on them, those just assumed there included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from minik8s.api.core_v1 import Node
from scheduler.pods.info import PodInfo
from scheduler.state.carried import CarriedTerms
from scheduler.state.columns import Columns
from scheduler.state.counts import PodCounts
from scheduler.state.devices import Devices
from scheduler.state.images import Images
from scheduler.state.ports import Ports
from scheduler.state.volumes import Volumes


class Cluster:
    """Nodes and their Pods. Pods of a node that is not known (yet) wait for it."""

    def __init__(self) -> None:
        self.columns = Columns()
        self.ports = Ports()
        self.images = Images()
        self.volumes = Volumes()
        self.devices = Devices()
        self.namespaces: dict[str, Mapping[str, str]] = {}
        self.counts = PodCounts(self.columns.capacity, self.namespace_labels)
        self.carried = CarriedTerms(self.columns.capacity, self.namespace_labels)
        self.pods: dict[str, PodInfo] = {}
        """All Pods on nodes by key."""
        self._priorities: Counter[int] = Counter()
        self._on: dict[str, dict[str, PodInfo]] = {}

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """The labels of a namespace."""
        return self.namespaces.get(namespace, {})

    def set_namespace(self, name: str, labels: Mapping[str, str] | None) -> None:
        """Note a namespace's labels; None forgets it."""
        if self.namespaces.get(name) == labels:
            return
        if labels is None:
            self.namespaces.pop(name, None)
        else:
            self.namespaces[name] = dict(labels)
        self.counts.forget_queries()
        self.carried.forget_matches()

    def put_node(self, node: Node) -> bool:
        """Add or update a node; tells whether anything that scheduling looks at changed."""
        name = node.metadata.name
        new = name not in self.columns.row_of
        capacity = self.columns.capacity
        row, changed = self.columns.put(node)
        if self.columns.capacity != capacity:
            self.counts.forget_queries(self.columns.capacity)
            self.carried.grow(self.columns.capacity)
        images = self.images.version
        self.images.set(row, node.status.images)
        if new:
            for pod in self._on.get(name, {}).values():
                self._count(row, pod, 1)
        return changed or self.images.version != images

    def remove_node(self, name: str) -> None:
        """Forget a node; its Pods stay known by its name."""
        row = self.columns.row_of.get(name)
        if row is None:
            return
        for pod in self._on.get(name, {}).values():
            self._count(row, pod, -1)
        self.images.set(row, ())
        self.columns.remove(name)

    def add_pod(self, pod: PodInfo) -> None:
        """Count a Pod on `pod.node`; one of that key that is there already is replaced."""
        old = self.pods.get(pod.key)
        if old is not None:
            same = old.template is pod.template and old.priority == pod.priority
            if same and old.node == pod.node and old.terminating == pod.terminating:
                self.pods[pod.key] = pod
                self._on[pod.node][pod.key] = pod
                return
            self.remove_pod(pod.key)
        self.pods[pod.key] = pod
        self._priorities[pod.priority] += 1
        self._on.setdefault(pod.node, {})[pod.key] = pod
        row = self.columns.row_of.get(pod.node)
        if row is not None:
            self._count(row, pod, 1)

    def remove_pod(self, key: str) -> PodInfo | None:
        """Take a Pod off its node; returns it."""
        pod = self.pods.pop(key, None)
        if pod is None:
            return None
        self._priorities[pod.priority] -= 1
        if not self._priorities[pod.priority]:
            del self._priorities[pod.priority]
        here = self._on[pod.node]
        del here[key]
        if not here:
            del self._on[pod.node]
        row = self.columns.row_of.get(pod.node)
        if row is not None:
            self._count(row, pod, -1)
        return pod

    def any_below(self, priority: int) -> bool:
        """Whether any Pod on any node has a lower priority."""
        return any(held < priority for held in self._priorities)

    def pods_on(self, node: str) -> list[PodInfo]:
        """The Pods on a node."""
        return list(self._on.get(node, {}).values())

    @contextmanager
    def changed(self, row: int, without: Iterable[PodInfo] = (), having: Iterable[PodInfo] = ()) -> Iterator[None]:
        """The cluster as it would be with some Pods off that row and others on it, for the length of the block."""
        gone, come = list(without), list(having)
        for pod in gone:
            self._count(row, pod, -1)
        for pod in come:
            self._count(row, pod, 1)
        try:
            yield
        finally:
            for pod in come:
                self._count(row, pod, -1)
            for pod in gone:
                self._count(row, pod, 1)

    def _count(self, row: int, pod: PodInfo, sign: int) -> None:
        template = pod.template
        self.columns.take(row, template, sign)
        if sign > 0:
            self.counts.add(row, pod)
        else:
            self.counts.remove(row, pod)
        if template.terms:
            self.carried.count(row, template, sign)
        if template.volumes:
            if sign > 0:
                self.volumes.add(row, pod)
            else:
                self.volumes.remove(row, pod)
        if template.host_ports:
            if sign > 0:
                self.ports.add(row, template.host_ports)
            else:
                self.ports.remove(row, template.host_ports)
