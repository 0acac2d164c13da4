"""Affinity to nodes and to other pods."""

from __future__ import annotations

from collections.abc import Iterator

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.labels import (
    validate_label_key,
    validate_label_selector,
    validate_node_selector,
    validate_node_selector_term,
)
from minik8s.api.core_v1 import Affinity, NodeSelectorTerm, PodAffinity, PodAffinityTerm, PodAntiAffinity, PodSpec
from minik8s.api.meta_v1 import LabelSelector

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_WEIGHT = "must be in the range 1-100"


def pod_terms(spec: PodSpec) -> Iterator[PodAffinityTerm]:
    """Every pod affinity and anti-affinity term of a spec."""
    if spec.affinity is None:
        return
    for group in (spec.affinity.pod_affinity, spec.affinity.pod_anti_affinity):
        if group is not None:
            yield from group.required_during_scheduling_ignored_during_execution
            for weighted in group.preferred_during_scheduling_ignored_during_execution:
                yield weighted.pod_affinity_term


def required_node_terms(spec: PodSpec) -> list[NodeSelectorTerm]:
    """The alternatives of the required node affinity."""
    node = spec.affinity.node_affinity if spec.affinity is not None else None
    required = node.required_during_scheduling_ignored_during_execution if node is not None else None
    return required.node_selector_terms if required is not None else []


def validate_label_keys(
    keys: list[str], mismatched: list[str], selector: LabelSelector | None, path: str, errors: Errors
) -> None:
    """Label keys whose values are taken from the pod itself."""
    for name, found in (("matchLabelKeys", keys), ("mismatchLabelKeys", mismatched)):
        if found and selector is None:
            errors.forbidden(f"{path}.{name}", "must not be specified when labelSelector is not set")
        elif found:
            for index, key in enumerate(found):
                validate_label_key(key, f"{path}.{name}[{index}]", errors)
    if selector is not None and keys:
        places = {key: index for index, key in enumerate(keys)}
        used = set(selector.match_labels)
        for expression in selector.match_expressions:
            key = expression.key
            if key in places and key in used:
                errors.invalid(f"{path}[{places[key]}]", key, "exists in both matchLabelKeys and labelSelector")
            used.add(key)
    if mismatched:
        for index, key in enumerate(keys):
            if key in mismatched:
                errors.invalid(
                    f"{path}.matchLabelKeys[{index}]", key, "exists in both matchLabelKeys and mismatchLabelKeys"
                )


def _validate_term(term: PodAffinityTerm, path: str, errors: Errors, any_value: bool) -> None:
    validate_label_selector(term.label_selector, f"{path}.labelSelector", errors, any_value=any_value)
    validate_label_selector(term.namespace_selector, f"{path}.namespaceSelector", errors, any_value=any_value)
    for name in term.namespaces:
        errors.invalid_each(f"{path}.namespace", name, formats.dns_label(name))
    if term.match_label_keys or term.mismatch_label_keys:
        validate_label_keys(term.match_label_keys, term.mismatch_label_keys, term.label_selector, path, errors)
    if not term.topology_key:
        errors.required(f"{path}.topologyKey", "can not be empty")
    validate_label_key(term.topology_key, f"{path}.topologyKey", errors)


def _validate_pod_affinity(affinity: PodAffinity | PodAntiAffinity, path: str, errors: Errors, any_value: bool) -> None:
    for index, term in enumerate(affinity.required_during_scheduling_ignored_during_execution):
        _validate_term(term, f"{path}.{_REQUIRED}[{index}]", errors, any_value)
    for index, weighted in enumerate(affinity.preferred_during_scheduling_ignored_during_execution):
        here = f"{path}.{_PREFERRED}[{index}]"
        if not 0 < weighted.weight <= 100:
            errors.invalid(f"{here}.weight", weighted.weight, _WEIGHT)
        _validate_term(weighted.pod_affinity_term, f"{here}.podAffinityTerm", errors, any_value)


def validate_affinity(affinity: Affinity, path: str, errors: Errors, *, any_value: bool, any_node_value: bool) -> None:
    """Node affinity, pod affinity, pod anti-affinity."""
    node = affinity.node_affinity
    if node is not None:
        here = f"{path}.nodeAffinity"
        required = node.required_during_scheduling_ignored_during_execution
        if required is not None:
            validate_node_selector(required, f"{here}.{_REQUIRED}", errors, any_value=any_node_value)
        for index, term in enumerate(node.preferred_during_scheduling_ignored_during_execution):
            at = f"{here}.{_PREFERRED}[{index}]"
            if not 0 < term.weight <= 100:
                errors.invalid(f"{at}.weight", term.weight, _WEIGHT)
            validate_node_selector_term(term.preference, f"{at}.preference", errors, any_value=True)
    if affinity.pod_affinity is not None:
        _validate_pod_affinity(affinity.pod_affinity, f"{path}.podAffinity", errors, any_value)
    if affinity.pod_anti_affinity is not None:
        _validate_pod_affinity(affinity.pod_anti_affinity, f"{path}.podAntiAffinity", errors, any_value)
