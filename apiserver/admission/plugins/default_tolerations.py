"""DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or not reachable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.admission.plugin import PODS, AdmissionContext, AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import Pod, Toleration

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"


class DefaultTolerationSeconds(Plugin):
    """Adds the two tolerations where a pod says nothing about them.

    Its configuration's `notReadySeconds` and `unreachableSeconds` carry the flags
    --default-not-ready-toleration-seconds and --default-unreachable-toleration-seconds.
    """

    NAME = "DefaultTolerationSeconds"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = (PODS,)

    def __init__(self, context: AdmissionContext, configuration: Mapping[str, Any] | None = None) -> None:
        super().__init__(context, configuration)
        settings = configuration or {}
        self._seconds = (
            (NOT_READY, int(settings.get("notReadySeconds", 300))),
            (UNREACHABLE, int(settings.get("unreachableSeconds", 300))),
        )

    async def mutate(self, request: AdmissionRequest) -> None:
        """Add what is missing."""
        pod: Pod = request.obj
        for key, seconds in self._seconds:
            if not any(
                toleration.key in ("", key) and toleration.effect in ("", "NoExecute")
                for toleration in pod.spec.tolerations
            ):
                added = Toleration(key=key, operator="Exists", effect="NoExecute", toleration_seconds=seconds)
                pod.spec.tolerations = [*pod.spec.tolerations, added]
