"""Which PersistentVolume a claim could get, and where a volume can be used."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from minik8s.api.core_v1 import (
    NodeSelector,
    NodeSelectorRequirement,
    NodeSelectorTerm,
    PersistentVolume,
    TopologySelectorTerm,
)
from minik8s.api.core_v1 import PersistentVolumeClaim as Claim
from minik8s.api.meta_v1 import LabelSelector
from minik8s.api.storage_v1 import CSIStorageCapacity
from minik8s.machinery import quantity
from minik8s.machinery.selectors import SelectorError, from_label_selector
from scheduler.arrays import ALL, Bools
from scheduler.state.labels import Labels

SELECTED_NODE = "volume.kubernetes.io/selected-node"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"


def key_of(claim: Claim) -> str:
    """`namespace/name`."""
    return f"{claim.metadata.namespace}/{claim.metadata.name}"


def is_bound(claim: Claim) -> bool:
    """Whether the claim is bound for good."""
    return bool(claim.spec.volume_name) and BIND_COMPLETED in claim.metadata.annotations


def size_of(claim: Claim) -> int:
    """Bytes asked for."""
    return quantity.value(claim.spec.resources.requests.get("storage", "0"))


def refers_to(volume: PersistentVolume, claim: Claim) -> bool:
    """Whether the volume is reserved for the claim."""
    ref = volume.spec.claim_ref
    if ref is None or (ref.namespace, ref.name) != (claim.metadata.namespace, claim.metadata.name):
        return False
    return not ref.uid or ref.uid == claim.metadata.uid


def candidates(claim: Claim, volumes: Iterable[PersistentVolume], taken: dict[str, str]) -> list[PersistentVolume]:
    """Volumes that would do, the one reserved for the claim alone, else the smallest first."""
    found = []
    wanted = size_of(claim)
    mode = claim.spec.volume_mode or "Filesystem"
    try:
        selector = from_label_selector(claim.spec.selector) if claim.spec.selector is not None else None
    except SelectorError:
        return []
    for volume in volumes:
        spec = volume.spec
        size = quantity.value(spec.capacity.get("storage", "0"))
        if (spec.volume_mode or "Filesystem") != mode or volume.metadata.deletion_timestamp is not None:
            continue
        if (spec.volume_attributes_class_name or "") != (claim.spec.volume_attributes_class_name or ""):
            continue
        if taken.get(volume.metadata.name, key_of(claim)) != key_of(claim):
            continue
        if refers_to(volume, claim):
            return [volume] if size >= wanted else []
        if spec.claim_ref is not None or volume.status.phase != "Available" or size < wanted:
            continue
        if (spec.storage_class_name or "") != (claim.spec.storage_class_name or ""):
            continue
        if selector is not None and not selector.matches(volume.metadata.labels):
            continue
        if not set(claim.spec.access_modes) <= set(spec.access_modes):
            continue
        found.append((size, volume.metadata.name, volume))
    return [volume for _, _, volume in sorted(found, key=lambda one: one[:2])]


def usable_on(volume: PersistentVolume, labels: Labels, capacity: int) -> Bools:
    """All rows where the volume's node affinity lets it be used."""
    affinity = volume.spec.node_affinity
    if affinity is None or affinity.required is None:
        return np.ones(capacity, dtype=np.bool_)
    return labels.match(affinity.required, ALL)


def allowed_by(terms: Iterable[TopologySelectorTerm], labels: Labels, capacity: int) -> Bools:
    """All rows that a storage class's `allowedTopologies` allow; none given allow all."""
    listed = list(terms)
    if not listed:
        return np.ones(capacity, dtype=np.bool_)
    selector = NodeSelector(
        node_selector_terms=[
            NodeSelectorTerm(
                match_expressions=[
                    NodeSelectorRequirement(key=e.key, operator="In", values=e.values)
                    for e in term.match_label_expressions
                ]
            )
            for term in listed
        ]
    )
    return labels.match(selector, ALL)


def with_room(capacities: Iterable[CSIStorageCapacity], wanted: int, labels: Labels, capacity: int) -> Bools:
    """All rows where one of the reported storage capacities is large enough."""
    found = np.zeros(capacity, dtype=np.bool_)
    for one in capacities:
        limit = one.maximum_volume_size or one.capacity
        if limit is None or quantity.value(limit) < wanted or one.node_topology is None:
            continue
        found |= _selected(one.node_topology, labels, capacity)
    return found


def _selected(selector: LabelSelector, labels: Labels, capacity: int) -> Bools:
    if not selector.match_labels and not selector.match_expressions:
        return np.ones(capacity, dtype=np.bool_)
    expressions = [
        NodeSelectorRequirement(key=e.key, operator=e.operator, values=e.values) for e in selector.match_expressions
    ]
    expressions += [NodeSelectorRequirement(key=k, operator="In", values=[v]) for k, v in selector.match_labels.items()]
    return labels.match_term(NodeSelectorTerm(match_expressions=expressions), ALL)
