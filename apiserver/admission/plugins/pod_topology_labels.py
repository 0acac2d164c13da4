"""PodTopologyLabels: a pod carries its node's zone and region, for those who may not read nodes."""

from __future__ import annotations

from apiserver.admission.plugin import PODS, AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import Node

LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


class PodTopologyLabels(Plugin):
    """Copies the labels when a pod is bound, or created on a node."""

    NAME = "PodTopologyLabels"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (PODS, ("", "pods", "binding"), ("", "bindings", ""))

    async def mutate(self, request: AdmissionRequest) -> None:
        """Copy what the node has; a binding's labels become the pod's."""
        obj = request.obj
        if request.subresource == "binding" or request.resource == "bindings":
            if obj.target.kind not in ("", "Node"):
                return
            node_name = obj.target.name
        else:
            node_name = obj.spec.node_name
        node = self.context.reader.get(Node, node_name) if node_name else None
        if node is None:
            return
        copied = {label: node.metadata.labels[label] for label in LABELS if label in node.metadata.labels}
        if copied:
            obj.metadata.labels = {**obj.metadata.labels, **copied}
