"""ExtendedResourceToleration: a pod that asks for a device tolerates the taint that keeps others off it."""

from __future__ import annotations

from apiserver.admission.plugin import PODS, AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import Pod, Toleration


def _extended(name: str) -> bool:
    domain, slash, _ = name.partition("/")
    native = not slash or domain == "kubernetes.io" or domain.endswith(".kubernetes.io")
    return not native and not name.startswith("requests.")


class ExtendedResourceToleration(Plugin):
    """Adds tolerations for the extended resources a pod requests."""

    NAME = "ExtendedResourceToleration"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = (PODS,)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Add one toleration per extended resource, in alphabetical order."""
        pod: Pod = request.obj
        names = {
            name
            for container in (*pod.spec.containers, *pod.spec.init_containers)
            for name in container.resources.requests
            if _extended(name)
        }
        for name in sorted(names):
            if not any(
                toleration.key == name and toleration.operator == "Exists" and not toleration.effect
                for toleration in pod.spec.tolerations
            ):
                pod.spec.tolerations = [*pod.spec.tolerations, Toleration(key=name, operator="Exists")]
