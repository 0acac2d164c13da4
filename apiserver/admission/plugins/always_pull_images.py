"""AlwaysPullImages: no pod may use an image another one pulled with credentials it lacks itself."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.admission.plugin import PODS, AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import StatusError
from apiserver.auth.pod_references import containers_of
from minik8s.api.core_v1 import Container, EphemeralContainer, Pod


class AlwaysPullImages(Plugin):
    """Sets every pull policy to Always."""

    NAME = "AlwaysPullImages"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = (PODS,)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Set the policies of containers and image volumes."""
        if _no_new_image(request):
            return
        pod: Pod = request.obj
        for container in containers_of(pod):
            container.image_pull_policy = "Always"
        for volume in pod.spec.volumes:
            if volume.image is not None:
                volume.image.pull_policy = "Always"

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403) where a later plugin changed a policy."""
        if _no_new_image(request):
            return
        pod: Pod = request.obj
        groups: tuple[tuple[str, Sequence[Container | EphemeralContainer]], ...] = (
            ("initContainers", pod.spec.init_containers),
            ("containers", pod.spec.containers),
            ("ephemeralContainers", pod.spec.ephemeral_containers),
        )
        for field, containers in groups:
            for index, container in enumerate(containers):
                if container.image_pull_policy != "Always":
                    where = f"spec.{field}[{index}].imagePullPolicy"
                    raise _unsupported(request, where, container.image_pull_policy)
        for index, volume in enumerate(pod.spec.volumes):
            if volume.image is not None and volume.image.pull_policy != "Always":
                raise _unsupported(request, f"spec.volumes[{index}].image.pullPolicy", volume.image.pull_policy)


def _unsupported(request: AdmissionRequest, where: str, value: str) -> StatusError:
    return request.forbidden(f'{where}: Unsupported value: "{value}": supported values: "Always"')


def _no_new_image(request: AdmissionRequest) -> bool:
    if request.operation is not Operation.UPDATE:
        return False
    before = {container.image for container in containers_of(request.old)}
    return all(container.image in before for container in containers_of(request.obj))
