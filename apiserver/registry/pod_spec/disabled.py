"""Fields of pod specs that belong to features which are not served: dropped, unless stored already."""

from __future__ import annotations

from apiserver.registry.pod_spec.every_container import every_container
from minik8s.api.core_v1 import Lifecycle, PodSpec, PodTemplateSpec


def _stop_signal_used(spec: PodSpec) -> bool:
    return any(
        container.lifecycle is not None and container.lifecycle.stop_signal is not None
        for container in every_container(spec)
    )


def _projection_used(spec: PodSpec, name: str) -> bool:
    return any(
        getattr(source, name) is not None
        for volume in spec.volumes
        if volume.projected is not None
        for source in volume.projected.sources
    )


def drop_disabled(spec: PodSpec, old: PodSpec | None) -> None:
    """Drop, in place, what Kubernetes 1.36 does not serve by default."""
    if old is None or old.scheduling_group is None:
        spec.scheduling_group = None
    if _stop_signal_used(spec) and (old is None or not _stop_signal_used(old)):
        for container in every_container(spec):
            if container.lifecycle is not None and container.lifecycle.stop_signal is not None:
                container.lifecycle.stop_signal = None
                if container.lifecycle == Lifecycle():
                    container.lifecycle = None
    for name in ("cluster_trust_bundle", "pod_certificate"):
        if old is not None and _projection_used(old, name):
            continue
        for volume in spec.volumes:
            if volume.projected is not None:
                for source in volume.projected.sources:
                    setattr(source, name, None)


def drop_disabled_template(template: PodTemplateSpec | None, old: PodTemplateSpec | None) -> None:
    """See `drop_disabled`, for the template of something that makes pods."""
    if template is not None:
        drop_disabled(template.spec, old.spec if old is not None else None)
