"""The containers of a pod, of all three sorts."""

from __future__ import annotations

from collections.abc import Iterator

from minik8s.api.core_v1 import Container, EphemeralContainerCommon, PodSpec


def every_container(spec: PodSpec) -> Iterator[Container | EphemeralContainerCommon]:
    """Init containers, containers and ephemeral containers, in this order."""
    yield from spec.init_containers
    yield from spec.containers
    yield from spec.ephemeral_containers
