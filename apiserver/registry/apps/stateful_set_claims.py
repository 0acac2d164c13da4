"""The pods of a StatefulSet as they will be: with a volume for each of its claims."""

from __future__ import annotations

import msgspec

from minik8s.api.apps_v1 import StatefulSetSpec
from minik8s.api.core_v1 import PersistentVolumeClaimVolumeSource, PodTemplateSpec, Volume


def with_claims(spec: StatefulSetSpec) -> PodTemplateSpec:
    """The template with a volume for each claim, in place of a volume of the same name."""
    if not spec.volume_claim_templates:
        return spec.template
    names = [claim.metadata.name for claim in spec.volume_claim_templates]
    pod = spec.template.spec
    volumes = [volume for volume in pod.volumes if volume.name not in names]
    for name in names:
        source = PersistentVolumeClaimVolumeSource(claim_name=name or "claim")
        volumes.append(Volume(name=name, persistent_volume_claim=source))
    return msgspec.structs.replace(spec.template, spec=msgspec.structs.replace(pod, volumes=volumes))
