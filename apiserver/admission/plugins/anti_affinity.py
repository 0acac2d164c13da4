"""LimitPodHardAntiAffinityTopology: required anti-affinity may speak of nodes only."""

from __future__ import annotations

from apiserver.admission.plugin import PODS, AdmissionRequest, Operation, Plugin

_HOSTNAME = "kubernetes.io/hostname"


class LimitPodHardAntiAffinityTopology(Plugin):
    """Refuses required anti-affinity over topologies larger than a node."""

    NAME = "LimitPodHardAntiAffinityTopology"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = (PODS,)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        affinity = request.obj.spec.affinity
        if affinity is None or affinity.pod_anti_affinity is None:
            return
        for term in affinity.pod_anti_affinity.required_during_scheduling_ignored_during_execution:
            if term.topology_key != _HOSTNAME:
                raise request.forbidden(
                    "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey "
                    f"{term.topology_key} but only key {_HOSTNAME} is allowed"
                )
