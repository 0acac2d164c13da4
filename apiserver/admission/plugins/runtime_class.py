"""RuntimeClass: a pod costs what its runtime costs, and runs where its runtime is."""

from __future__ import annotations

from apiserver.admission.plugin import PODS, AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import StatusError
from minik8s.api.core_v1 import Pod, Toleration
from minik8s.api.meta_v1 import Status
from minik8s.api.node_v1 import RuntimeClass as Class

_MISMATCH = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"


class RuntimeClass(Plugin):
    """Copies overhead and scheduling of the runtime class into the pod."""

    NAME = "RuntimeClass"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (PODS,)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Fill in overhead, node selector and tolerations. Raises StatusError (403)."""
        pod: Pod = request.obj
        found = await self._class(request)
        if found is None:
            return
        if found.overhead is not None:
            if pod.spec.overhead and pod.spec.overhead != found.overhead.pod_fixed:
                raise request.forbidden(_MISMATCH)
            pod.spec.overhead = dict(found.overhead.pod_fixed)
        if found.scheduling is None:
            return
        selector = dict(pod.spec.node_selector)
        for key, value in found.scheduling.node_selector.items():
            if selector.get(key, value) != value:
                raise request.forbidden(
                    f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                    f"pod.spec.nodeSelector[{key}] = {selector[key]}"
                )
            selector[key] = value
        pod.spec.node_selector = selector
        pod.spec.tolerations = _merged(pod.spec.tolerations, found.scheduling.tolerations)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403) where a later plugin changed the overhead."""
        pod: Pod = request.obj
        found = await self._class(request)
        if found is not None and found.overhead is not None:
            if pod.spec.overhead != found.overhead.pod_fixed:
                raise request.forbidden(_MISMATCH)
        elif pod.spec.overhead:
            raise request.forbidden(
                "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
            )

    async def _class(self, request: AdmissionRequest) -> Class | None:
        name = request.obj.spec.runtime_class_name
        if name is None:
            return None
        if not name:
            # As Kubernetes' client answers who asks for nothing.
            raise StatusError(Status(status="Failure", message="resource name may not be empty", code=500))
        reader = self.context.reader
        found = reader.get(Class, name) or await reader.fetch(Class, name)
        if found is None:
            raise request.forbidden(f'pod rejected: RuntimeClass "{name}" not found')
        return found


def _covers(one: Toleration, other: Toleration) -> bool:
    """Whether `one` tolerates everything `other` does."""
    if one.key != other.key and not (not one.key and one.operator == "Exists"):
        return False
    if one.effect not in ("", other.effect):
        return False
    if other.operator == "Exists" and one.operator != "Exists":
        return False
    if one.operator != "Exists" and one.value != other.value:
        return False
    if one.effect != "NoExecute" or one.toleration_seconds is None:
        return True
    return other.toleration_seconds is not None and one.toleration_seconds >= other.toleration_seconds


def _merged(first: list[Toleration], second: list[Toleration]) -> list[Toleration]:
    """Both lists without those another one covers."""
    everything = [*first, *second]
    kept: list[Toleration] = []
    for index, candidate in enumerate(everything):
        if any(_covers(other, candidate) for other in kept):
            continue
        if any(_covers(other, candidate) and not _covers(candidate, other) for other in everything[index + 1 :]):
            continue
        kept.append(candidate)
    return kept
