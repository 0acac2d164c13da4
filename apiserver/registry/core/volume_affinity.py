"""Where a volume can be reached from: never changed, but for the newer names of labels."""

from __future__ import annotations

import msgspec

from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from minik8s.api.core_v1 import NodeSelectorRequirement, VolumeNodeAffinity

_NEWER = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}


def _same_requirements(new: list[NodeSelectorRequirement], old: list[NodeSelectorRequirement]) -> bool:
    def renamed(mine: NodeSelectorRequirement, theirs: NodeSelectorRequirement) -> NodeSelectorRequirement:
        return msgspec.structs.replace(theirs, key=mine.key) if _NEWER.get(theirs.key) == mine.key else theirs

    return len(new) == len(old) and all(mine == renamed(mine, theirs) for mine, theirs in zip(new, old, strict=True))


def _same(new: VolumeNodeAffinity | None, old: VolumeNodeAffinity) -> bool:
    if new is None or new.required is None or old.required is None:
        return new == old
    mine, theirs = new.required.node_selector_terms, old.required.node_selector_terms
    return len(mine) == len(theirs) and all(
        _same_requirements(one.match_expressions, other.match_expressions)
        and _same_requirements(one.match_fields, other.match_fields)
        for one, other in zip(mine, theirs, strict=True)
    )


def validate_affinity_kept(new: VolumeNodeAffinity | None, old: VolumeNodeAffinity | None, errors: Errors) -> None:
    """What was not said at first can be said later; after that it stays."""
    if old is not None and not _same(new, old):
        quoted = internal_form(new) if new is not None else None
        errors.invalid("nodeAffinity", quoted, f"{IMMUTABLE}, except for updating from beta label to GA")
