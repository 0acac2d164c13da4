"""NodeMetrics and PodMetrics of the nodes and running Pods there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from metrics_server.failures import not_found
from metrics_server.history import History, Usage
from minik8s.api.core_v1 import Node
from minik8s.api.meta_v1 import PartialObjectMetadata
from minik8s.client.informer import Informer
from minik8s.clock import Clock
from minik8s.machinery import quantity
from minik8s.machinery.selectors import FieldSelector, Selector
from minik8s.machinery.times import format_duration, format_time

Document = dict[str, Any]
GROUP, VERSION = "metrics.k8s.io", "v1beta1"
API_VERSION = f"{GROUP}/{VERSION}"


class Measured:
    """Looks nodes and Pods up in the informers' caches, and their use in the history.

    `selector` (`--node-selector`) narrows the nodes.
    """

    def __init__(
        self,
        nodes: Informer[Node],
        pods: Informer[PartialObjectMetadata],
        history: History,
        clock: Clock,
        selector: Selector,
    ) -> None:
        self._nodes, self._pods, self._history, self._clock = nodes, pods, history, clock
        self._selector = selector

    def chosen(self) -> list[Node]:
        """The nodes that are looked after."""
        return [node for node in self._nodes.list() if self._selector.matches(node.metadata.labels)]

    def nodes(self, labels: Selector, fields: FieldSelector) -> list[Document]:
        """NodeMetrics of the nodes selected, by name; nodes nothing is known of are left out."""
        chosen = (node for node in self.chosen() if _selected(node, labels, fields))
        found = [self._node(node) for node in sorted(chosen, key=lambda each: each.metadata.name)]
        return [each for each in found if each is not None]

    def node(self, name: str) -> Document:
        """NodeMetrics of one node. Raises NotFound."""
        node = self._nodes.get(name)
        if node is None:
            raise not_found("", "node", name)
        found = self._node(node)
        if found is None:
            raise not_found(GROUP, "nodemetrics", name)
        return found

    def pods(self, namespace: str, labels: Selector, fields: FieldSelector) -> list[Document]:
        """PodMetrics of a namespace's Pods ("" all), by namespace and name; as `nodes`."""
        chosen = (pod for pod in self._pods.list(namespace) if _selected(pod, labels, fields))
        found = map(self._pod, sorted(chosen, key=lambda each: (each.metadata.namespace, each.metadata.name)))
        return [each for each in found if each is not None]

    def pod(self, namespace: str, name: str) -> Document:
        """PodMetrics of one Pod. Raises NotFound."""
        pod = self._pods.get(name, namespace)
        if pod is None:
            raise not_found("", "pods", name)
        found = self._pod(pod)
        if found is None:
            raise not_found(GROUP, "podmetrics", f"{namespace}/{name}")
        return found

    def _node(self, node: Node) -> Document | None:
        usage = self._history.node(node.metadata.name)
        return self._document("NodeMetrics", node, usage, {"usage": _amounts(usage)}) if usage is not None else None

    def _pod(self, pod: PartialObjectMetadata) -> Document | None:
        used = self._history.pod((pod.metadata.namespace, pod.metadata.name))
        if not used:
            return None
        containers = [{"name": name, "usage": _amounts(usage)} for name, usage in used.items()]
        earliest = min(used.values(), key=lambda usage: usage.at)
        return self._document("PodMetrics", pod, earliest, {"containers": containers})

    def _document(self, kind: str, of: Node | PartialObjectMetadata, when: Usage, more: Document) -> Document:
        metadata: Document = {"name": of.metadata.name}
        if of.metadata.namespace:
            metadata["namespace"] = of.metadata.namespace
        metadata["creationTimestamp"] = format_time(self._clock.now())
        if of.metadata.labels:
            metadata["labels"] = of.metadata.labels
        return {
            "kind": kind,
            "apiVersion": API_VERSION,
            "metadata": metadata,
            "timestamp": format_time(datetime.fromtimestamp(when.at / 1000, UTC)),
            "window": format_duration(timedelta(milliseconds=when.window)),
            **more,
        }


def _amounts(usage: Usage) -> dict[str, str]:
    return {"cpu": quantity.from_nano(usage.cpu), "memory": quantity.from_value(usage.memory, binary=True)}


def _selected(obj: Node | PartialObjectMetadata, labels: Selector, fields: FieldSelector) -> bool:
    if not labels.matches(obj.metadata.labels):
        return False
    return fields.empty or fields.matches(
        {"metadata.name": obj.metadata.name, "metadata.namespace": obj.metadata.namespace}
    )


def total(usages: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The sum of amounts, resource by resource."""
    found: dict[str, str] = {}
    for usage in usages:
        for resource, amount in usage.items():
            found[resource] = quantity.add(found[resource], amount) if resource in found else amount
    return found
