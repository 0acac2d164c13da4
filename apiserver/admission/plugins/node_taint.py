"""TaintNodesByCondition: a new node takes no pods before the node controller has seen it ready."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import Node, Taint

NOT_READY = "node.kubernetes.io/not-ready"


class TaintNodesByCondition(Plugin):
    """Taints new nodes as not ready."""

    NAME = "TaintNodesByCondition"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (("", "nodes", ""),)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Add the taint unless it is there."""
        node: Node = request.obj
        if not any(taint.key == NOT_READY and taint.effect == "NoSchedule" for taint in node.spec.taints):
            node.spec.taints = [*node.spec.taints, Taint(key=NOT_READY, effect="NoSchedule")]
