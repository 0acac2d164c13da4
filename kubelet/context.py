"""What every Pod worker shares: the node's parts and a few facts about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kubelet.options import KubeletConfiguration, Settings
from minik8s.api.core_v1 import ObjectReference, Pod, Service
from minik8s.client.api import ApiClient
from minik8s.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubelet.cgroups import Cgroups
    from kubelet.cni import CNI
    from kubelet.images import ImageManager
    from kubelet.pods.backoff import Backoff
    from kubelet.runtime.runtime import Runtime
    from kubelet.tokens import Tokens
    from kubelet.volumes.image_files import ImageFiles
    from kubelet.volumes.manager import VolumeManager
    from kubelet.volumes.types import Sources
    from minik8s.client.events import EventRecorder


@dataclasses.dataclass(slots=True)
class NodeContext:
    """One node; `cni` and `cgroups` are None where nothing is wired or limited (hollow nodes)."""

    client: ApiClient
    runtime: Runtime
    clock: Clock
    settings: Settings
    config: KubeletConfiguration
    recorder: EventRecorder
    sources: Sources
    tokens: Tokens
    images: ImageManager
    volumes: VolumeManager | None
    image_files: ImageFiles
    cni: CNI | None
    cgroups: Cgroups | None
    backoff: Backoff
    services: Callable[[], Iterable[Service]]
    memory_capacity: int = 0
    engine: str = "docker"
    allocatable: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def event(self, pod: Pod, type: str, reason: str, message: str, container: str = "") -> None:
        """Record an event about a Pod, or about one of its containers."""
        self.recorder.event(reference_of(pod, container), type, reason, message)


def reference_of(pod: Pod, container: str = "") -> ObjectReference:
    """How an event names a Pod or a part of it."""
    path = ""
    for field, held in (
        ("initContainers", pod.spec.init_containers),
        ("containers", pod.spec.containers),
        ("ephemeralContainers", pod.spec.ephemeral_containers),
    ):
        if any(c.name == container for c in _all(held)):
            path = f"spec.{field}{{{container}}}"
    meta = pod.metadata
    return ObjectReference(
        kind="Pod",
        api_version="v1",
        namespace=meta.namespace,
        name=meta.name,
        uid=meta.uid,
        resource_version=meta.resource_version,
        field_path=path,
    )


def _all(held: Any) -> list[Any]:
    return list(held)
