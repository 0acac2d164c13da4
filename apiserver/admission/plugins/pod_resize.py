"""PodResizeValidator: a running pod grows only as far as its node could ever hold."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import StatusError
from minik8s.api.core_v1 import Node, Pod
from minik8s.api.meta_v1 import StatusCause, StatusDetails
from minik8s.machinery import quantity
from minik8s.quota.amounts import add_to
from minik8s.quota.pod_resources import plain_requests

_SYSTEM = "kubernetes.io/os"
# What a pod may not ask more of than its node has, and the unit in which that is told.
_COMPARED = (("cpu", quantity.milli_value), ("memory", quantity.value))


class PodResizeValidator(Plugin):
    """Judges resizes of pods that have a node."""

    NAME = "PodResizeValidator"
    OPERATIONS = (Operation.UPDATE,)
    RESOURCES = (("", "pods", "resize"),)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        pod: Pod = request.obj
        old: Pod = request.old
        name = pod.spec.node_name
        if not name or old.metadata.generation == pod.metadata.generation:
            return
        node = self.context.reader.get(Node, name)
        if node is None:
            raise request.forbidden(f'node "{name}" not found')
        system = node.metadata.labels.get(_SYSTEM, "linux")
        if system != "linux":
            why = f'pod resize is only supported on linux nodes, node "{name}" is "{system}"'
            raise _refused(request, why, "UnsupportedPlatform")
        wanted = plain_requests(pod)
        add_to(wanted, pod.spec.overhead)
        beyond = [
            f"{resource}, requested: {whole(asked)}, allocatable: {whole(held)}"
            for resource, whole in _COMPARED
            if quantity.cmp(asked := wanted.get(resource, "0"), held := node.status.allocatable.get(resource, "0")) > 0
        ]
        if beyond:
            raise _refused(
                request, f"node didn't have enough allocatable resources: {'; '.join(beyond)}", "NodeCapacity"
            )


def _refused(request: AdmissionRequest, why: str, reason: str) -> StatusError:
    error = request.forbidden(why)
    if error.status.details is None:
        error.status.details = StatusDetails()
    error.status.details.causes.append(StatusCause(reason=reason))
    return error
