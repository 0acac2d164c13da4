"""Topology spread constraints."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_label_key, validate_label_selector
from apiserver.registry.pod_spec.affinity import validate_label_keys
from minik8s.api.core_v1 import TopologySpreadConstraint

_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
_POLICIES = ("Honor", "Ignore")


def validate_selector(constraint: TopologySpreadConstraint, path: str, errors: Errors) -> None:
    """The label selector of one constraint."""
    validate_label_selector(constraint.label_selector, f"{path}.labelSelector", errors)


def _validate_old_label_keys(constraint: TopologySpreadConstraint, path: str, errors: Errors) -> None:
    keys, selector = constraint.match_label_keys, constraint.label_selector
    if not keys:
        return
    used: set[str] = set()
    if selector is None:
        errors.forbidden(path, "must not be specified when labelSelector is not set")
    else:
        used = set(selector.match_labels) | {expression.key for expression in selector.match_expressions}
    for index, key in enumerate(keys):
        validate_label_key(key, f"{path}[{index}]", errors)
        if key in used:
            errors.invalid(f"{path}[{index}]", key, "exists in both matchLabelKeys and labelSelector")


def validate_spread(
    constraints: list[TopologySpreadConstraint],
    path: str,
    errors: Errors,
    *,
    any_selector: bool,
    old_label_keys: bool,
) -> None:
    """Every constraint for itself, and that no two say the same."""
    for index, constraint in enumerate(constraints):
        here = f"{path}[{index}]"
        action = constraint.when_unsatisfiable
        if constraint.max_skew <= 0:
            errors.positive(f"{here}.maxSkew", constraint.max_skew)
        if not constraint.topology_key:
            errors.required(f"{here}.topologyKey", "can not be empty")
        if action not in _ACTIONS:
            errors.not_supported(f"{here}.whenUnsatisfiable", action, _ACTIONS)
        for other in constraints[index + 1 :]:
            if other.topology_key == constraint.topology_key and other.when_unsatisfiable == action:
                errors.duplicate(
                    f"{here}.{{topologyKey, whenUnsatisfiable}}", f"{{{constraint.topology_key}, {action}}}"
                )
                break
        domains = constraint.min_domains
        if domains is not None:
            if domains <= 0:
                errors.positive(f"{here}.minDomains", domains)
            if action != "DoNotSchedule":
                errors.invalid(
                    f"{here}.minDomains",
                    domains,
                    f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}",
                )
        for name, policy in (
            ("nodeAffinityPolicy", constraint.node_affinity_policy),
            ("nodeTaintsPolicy", constraint.node_taints_policy),
        ):
            if policy is not None and policy not in _POLICIES:
                errors.not_supported(f"{here}.{name}", policy, _POLICIES)
        if old_label_keys:
            _validate_old_label_keys(constraint, f"{here}.matchLabelKeys", errors)
        else:
            validate_label_keys(constraint.match_label_keys, [], constraint.label_selector, here, errors)
        if not any_selector:
            validate_selector(constraint, here, errors)
