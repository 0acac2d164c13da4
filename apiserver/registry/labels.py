"""Labels, label selectors and node selectors."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from minik8s.api.core_v1 import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from minik8s.api.meta_v1 import LabelSelector, LabelSelectorRequirement

VALUES_NEEDED = "must be specified when `operator` is 'In' or 'NotIn'"
VALUES_FORBIDDEN = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
_BAD_OPERATOR = "not a valid selector operator"
AnyRequirement = LabelSelectorRequirement | NodeSelectorRequirement


def validate_label_key(key: str, path: str, errors: Errors) -> None:
    """A label's name, reported at `path`."""
    found = formats.qualified_name(key)
    if found:
        errors.invalid_each(path, key, found)


def validate_labels(labels: dict[str, str], path: str, errors: Errors) -> None:
    """Names and values; both are reported at `path` itself."""
    for key, value in labels.items():
        if formats.qualified_name(key):
            errors.invalid_each(path, key, formats.qualified_name(key))
        if formats.label_value(value):
            errors.invalid_each(path, value, formats.label_value(value))


def validate_label_selector(
    selector: LabelSelector | None, path: str, errors: Errors, *, any_value: bool = False
) -> None:
    """Labels to match and requirements; `any_value` leaves the requirements' values alone."""
    if selector is None:
        return
    if selector.match_labels:
        validate_labels(selector.match_labels, f"{path}.matchLabels", errors)
    for index, requirement in enumerate(selector.match_expressions):
        validate_label_requirement(requirement, f"{path}.matchExpressions[{index}]", errors, any_value=any_value)


def validate_label_requirement(
    requirement: LabelSelectorRequirement,
    path: str,
    errors: Errors,
    *,
    any_value: bool = False,
    any_operator: bool = False,
) -> None:
    """One requirement; `any_value` leaves its values alone, `any_operator` lets operators be that are not known."""
    if not _values_fit(requirement, path, errors) and not any_operator:
        errors.invalid(f"{path}.operator", requirement.operator, _BAD_OPERATOR)
    _validate_key_and_values(requirement, path, errors, any_value)


def _values_fit(requirement: AnyRequirement, path: str, errors: Errors) -> bool:
    """Whether the operator is one that all selectors have; how many values it takes is reported."""
    match requirement.operator:
        case "In" | "NotIn":
            if not requirement.values:
                errors.required(f"{path}.values", VALUES_NEEDED)
        case "Exists" | "DoesNotExist":
            if requirement.values:
                errors.forbidden(f"{path}.values", VALUES_FORBIDDEN)
        case _:
            return False
    return True


def _validate_key_and_values(requirement: AnyRequirement, path: str, errors: Errors, any_value: bool) -> None:
    validate_label_key(requirement.key, f"{path}.key", errors)
    if not any_value:
        for at, value in enumerate(requirement.values):
            errors.invalid_each(f"{path}.values[{at}]", value, formats.label_value(value))


def is_empty(selector: LabelSelector | None) -> bool:
    """Whether a selector says nothing."""
    return selector is None or not (selector.match_labels or selector.match_expressions)


def selects(selector: LabelSelector, labels: dict[str, str]) -> bool | None:
    """Whether labels match a selector; None when the selector makes no sense."""
    verdict = True
    for key, value in selector.match_labels.items():
        if formats.qualified_name(key) or formats.label_value(value):
            return None
        verdict = verdict and labels.get(key) == value
    for requirement in selector.match_expressions:
        key, values = requirement.key, requirement.values
        if formats.qualified_name(key) or any(formats.label_value(value) for value in values):
            return None
        match requirement.operator:
            case "In":
                verdict = verdict and labels.get(key) in values
            case "NotIn":
                verdict = verdict and labels.get(key) not in values
            case "Exists":
                verdict = verdict and key in labels
            case "DoesNotExist":
                verdict = verdict and key not in labels
            case _:
                return None
        if requirement.operator in ("In", "NotIn") and not values:
            return None
        if requirement.operator in ("Exists", "DoesNotExist") and values:
            return None
    return verdict


def _validate_node_requirement(
    requirement: NodeSelectorRequirement, path: str, errors: Errors, any_value: bool
) -> None:
    if requirement.operator in ("Gt", "Lt"):
        if len(requirement.values) != 1:
            errors.required(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    elif not _values_fit(requirement, path, errors):
        errors.invalid(f"{path}.operator", requirement.operator, _BAD_OPERATOR)
    _validate_key_and_values(requirement, path, errors, any_value)


def _validate_node_field(requirement: NodeSelectorRequirement, path: str, errors: Errors) -> None:
    if requirement.operator not in ("In", "NotIn"):
        errors.invalid(f"{path}.operator", requirement.operator, _BAD_OPERATOR)
    elif len(requirement.values) != 1:
        errors.required(
            f"{path}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        )
    if requirement.key != "metadata.name":
        errors.invalid(f"{path}.key", requirement.key, "not a valid field selector key")
        return
    for at, value in enumerate(requirement.values):
        errors.invalid_each(f"{path}.values[{at}]", value, formats.dns_subdomain(value))


def validate_node_selector_term(term: NodeSelectorTerm, path: str, errors: Errors, *, any_value: bool) -> None:
    """One alternative of a node selector."""
    for index, requirement in enumerate(term.match_expressions):
        _validate_node_requirement(requirement, f"{path}.matchExpressions[{index}]", errors, any_value)
    for index, requirement in enumerate(term.match_fields):
        _validate_node_field(requirement, f"{path}.matchFields[{index}]", errors)


def validate_node_selector(selector: NodeSelector, path: str, errors: Errors, *, any_value: bool = False) -> None:
    """A node selector: alternatives, at least one."""
    if not selector.node_selector_terms:
        errors.required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")
        return
    for index, term in enumerate(selector.node_selector_terms):
        validate_node_selector_term(term, f"{path}.nodeSelectorTerms[{index}]", errors, any_value=any_value)
