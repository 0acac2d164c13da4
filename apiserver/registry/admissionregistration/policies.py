"""What admission policies and their bindings have in common."""

from __future__ import annotations

import re

from apiserver.registry import formats
from apiserver.registry.admissionregistration.match_conditions import validate_match_conditions
from apiserver.registry.admissionregistration.resource_rules import default_match, validate_match
from apiserver.registry.admissionregistration.webhooks import FAILURE_POLICIES
from apiserver.registry.errors import Errors
from apiserver.registry.expressions import PARAMS, check_expression
from apiserver.registry.labels import validate_label_selector
from minik8s.api.admissionregistration_v1 import (
    MatchResources,
    MutatingAdmissionPolicySpec,
    NamedRuleWithOperations,
    ParamKind,
    ParamRef,
    ValidatingAdmissionPolicySpec,
    Variable,
)

Spec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec
_ACTIONS = ("Deny", "Allow")
_IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_RESERVED = frozenset(
    "true false null in as break const continue else for function if import let loop package namespace return var void "
    "while".split()
)
_MUTATING = ("*", "CONNECT", "CREATE", "UPDATE")
_ONE_OF_BOTH = "name and selector are mutually exclusive"


def default_policy(spec: Spec) -> None:
    """A failure refuses the request."""
    spec.failure_policy = "Fail" if spec.failure_policy is None else spec.failure_policy
    if spec.match_constraints is not None:
        default_match(spec.match_constraints)


def _validate_param_kind(kind: ParamKind, path: str, errors: Errors) -> None:
    here = f"{path}.apiVersion"
    if not kind.api_version:
        errors.required(here)
    elif kind.api_version.count("/") > 1:
        errors.invalid(here, kind.api_version, f"unexpected GroupVersion string: {kind.api_version}")
    else:
        group, _, version = kind.api_version.rpartition("/")
        if group and (found := formats.dns_subdomain(group)):
            errors.invalid(here, group, ",".join(found))
        if not version:
            errors.invalid(here, kind.api_version, "version must be specified")
        elif found := formats.dns1035_label(version):
            errors.invalid(here, version, ",".join(found))
    if not kind.kind:
        errors.required(f"{path}.kind")
    elif found := formats.dns1035_label(kind.kind.lower()):
        detail = f"may have mixed case, but should otherwise match: {','.join(found)}"
        errors.invalid(f"{path}.kind", kind.kind, detail)


def _validate_variables(variables: list[Variable], errors: Errors, given: tuple[str, ...]) -> None:
    known: list[str] = []
    for index, variable in enumerate(variables):
        path = f"spec.variables[{index}]"
        if not variable.name.strip():
            errors.required(f"{path}.name", "name is not specified")
        elif _IDENTIFIER.fullmatch(variable.name) is None or variable.name in _RESERVED:
            errors.invalid(f"{path}.name", variable.name, "must be a valid CEL identifier")
        check_expression(variable.expression, f"{path}.expression", errors, wanted="any", variables=(*given, *known))
        known.append(variable.name)


def validate_policy(spec: Spec, errors: Errors) -> tuple[str, ...]:
    """Everything but what is to be done; answers the names of the variables."""
    if spec.failure_policy is None:
        errors.required("spec.failurePolicy")
    elif spec.failure_policy not in FAILURE_POLICIES:
        errors.not_supported("spec.failurePolicy", spec.failure_policy, FAILURE_POLICIES)
    if spec.param_kind is not None:
        _validate_param_kind(spec.param_kind, "spec.paramKind", errors)
    if spec.match_constraints is None:
        errors.required("spec.matchConstraints")
    else:
        validate_match(spec.match_constraints, "spec.matchConstraints", errors)
        if not spec.match_constraints.resource_rules:
            errors.required("spec.matchConstraints.resourceRules")
        if isinstance(spec, MutatingAdmissionPolicySpec):
            validate_mutable(spec.match_constraints.resource_rules, "spec.matchConstraints", errors)
    given = (PARAMS,) if spec.param_kind is not None else ()
    validate_match_conditions(spec.match_conditions, "spec.matchConditions", errors, variables=given)
    _validate_variables(spec.variables, errors, given)
    return (*given, *(variable.name for variable in spec.variables))


def _validate_param_ref(reference: ParamRef, path: str, errors: Errors) -> None:
    name, selector = reference.name, reference.selector
    if name:
        errors.invalid_each(f"{path}.name", name, formats.path_segment(name))
        if selector is not None:
            errors.forbidden(f"{path}.name", _ONE_OF_BOTH)
    if selector is not None:
        validate_label_selector(selector, f"{path}.selector", errors)
        if name:
            errors.forbidden(f"{path}.selector", _ONE_OF_BOTH)
    if not name and selector is None:
        errors.required(path, "one of name or selector must be specified")
    action = reference.parameter_not_found_action
    if not action:
        errors.required(f"{path}.parameterNotFoundAction")
    elif action not in _ACTIONS:
        errors.not_supported(f"{path}.parameterNotFoundAction", action, _ACTIONS)


def validate_mutable(rules: list[NamedRuleWithOperations], path: str, errors: Errors) -> None:
    """Only what is written can be changed on its way: not what is deleted."""
    for rule in rules:
        for operation in rule.operations:
            if operation not in _MUTATING:
                errors.not_supported(f"{path}.resourceRules.operations", operation, _MUTATING)


def validate_binding(policy: str, reference: ParamRef | None, match: MatchResources | None, errors: Errors) -> None:
    """A policy, its parameters, and where it counts."""
    if not policy:
        errors.required("spec.policyName")
    else:
        errors.invalid_each("spec.policyName", policy, formats.dns_subdomain(policy))
    if reference is not None:
        _validate_param_ref(reference, "spec.paramRef", errors)
    if match is not None:
        validate_match(match, "spec.matchResources", errors)
