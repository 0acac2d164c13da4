"""The volumes of a container that are images: pulled as their policy says, before the container starts."""

from __future__ import annotations

from kubelet.images import Tell, Waiting
from kubelet.pods.declared import AnyContainer
from kubelet.pods.state import PodState
from kubelet.volumes.types import Mounted
from minik8s.api.core_v1 import Container


async def ensure(state: PodState, container: AnyContainer, tell: Tell) -> Waiting | None:
    """Have the images a container mounts on this node, or say what it waits for. Raises RuntimeFailure, OSError."""
    context, pod = state.context, state.pod
    mounted = {mount.name for mount in container.volume_mounts}
    for volume in pod.spec.volumes:
        if volume.image is None or volume.name not in mounted or volume.name in state.image_volumes:
            continue
        asked = Container(
            name=f"{container.name}/{volume.name}",
            image=volume.image.reference,
            image_pull_policy=volume.image.pull_policy,
        )
        found = await context.images.ensure(pod, asked, tell, state.wake)
        if isinstance(found, Waiting):
            return found
        # With `Always` it is asked for once for a start, not again while the container's own image is pulled.
        path = await context.image_files.ready(pod.metadata.uid, found)
        state.image_volumes[volume.name] = Mounted(path, read_only=True)
    return None


def forget(state: PodState, container: AnyContainer) -> None:
    """The container has started: its next start asks for the images again."""
    for mount in container.volume_mounts:
        state.image_volumes.pop(mount.name, None)
