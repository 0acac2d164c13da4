"""Which PersistentVolumeClaims a Pod uses."""

from __future__ import annotations

from typing import NamedTuple

from minik8s.api.core_v1 import Pod, Volume


class ClaimUse(NamedTuple):
    """A claim by name; `ephemeral` ones are made for the Pod and belong to it."""

    name: str
    ephemeral: bool


def claims_of(pod: Pod, volumes: list[Volume] | None = None) -> list[ClaimUse]:
    """The claims of a Pod's volumes, in their order."""
    found = []
    for volume in pod.spec.volumes if volumes is None else volumes:
        if volume.persistent_volume_claim is not None:
            found.append(ClaimUse(volume.persistent_volume_claim.claim_name, False))
        elif volume.ephemeral is not None:
            found.append(ClaimUse(f"{pod.metadata.name}-{volume.name}", True))
    return found
