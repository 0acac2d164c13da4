"""The pods of a StatefulSet as they will be: with names of their own, and a volume for each of its claims."""

from __future__ import annotations

import msgspec

from minik8s.api.apps_v1 import StatefulSetSpec
from minik8s.api.core_v1 import PersistentVolumeClaimVolumeSource, PodTemplateSpec, Volume


def pods_of(spec: StatefulSetSpec) -> PodTemplateSpec:
    """The template with a volume for each claim, in place of a volume of the same name.

    Host names are left out: the controller writes others over them.
    """
    pod = spec.template.spec
    claims = {claim.metadata.name: None for claim in spec.volume_claim_templates}
    if not claims and not pod.hostname and not pod.subdomain:
        return spec.template
    volumes = [
        Volume(name=name, persistent_volume_claim=PersistentVolumeClaimVolumeSource(claim_name=name)) for name in claims
    ]
    volumes += [volume for volume in pod.volumes if volume.name not in claims]
    return msgspec.structs.replace(
        spec.template, spec=msgspec.structs.replace(pod, volumes=volumes, hostname="", subdomain="")
    )
