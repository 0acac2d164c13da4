"""FlowSchemas: which requests belong to which priority level."""

from __future__ import annotations

from functools import cache

from apiserver.fairness import bootstrap
from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.flowcontrol.flow_conditions import validate_flow_conditions
from apiserver.registry.flowcontrol.flow_rules import validate_flow_rule
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.flowcontrol_v1 import FlowSchema, FlowSchemaSpec, FlowSchemaStatus

_PRECEDENCE = 1000
_PRECEDENCE_MAX = 10000
_METHODS = ("ByNamespace", "ByUser")


@cache
def _mandatory() -> dict[str, FlowSchemaSpec]:
    return {
        each.metadata.name: each.spec for each in bootstrap.flow_schemas() if each.metadata.name in bootstrap.MANDATORY
    }


def _validate_spec(name: str, spec: FlowSchemaSpec, errors: Errors) -> None:
    path, precedence = "spec.matchingPrecedence", spec.matching_precedence
    if precedence <= 0:
        errors.invalid(path, precedence, "must be a positive value")
    if precedence > _PRECEDENCE_MAX:
        errors.invalid(path, precedence, f"must not be greater than {_PRECEDENCE_MAX}")
    if precedence == 1 and name != "exempt":
        errors.invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")
    method = spec.distinguisher_method
    if method is not None and method.type not in _METHODS:
        errors.not_supported("spec.distinguisherMethod.type", internal_form(method), _METHODS)
    level = spec.priority_level_configuration.name
    if not level:
        errors.required("spec.priorityLevelConfiguration.name", "must reference a priority level")
    else:
        errors.invalid_each("spec.priorityLevelConfiguration.name", level, formats.dns_subdomain(level))
    for index, rule in enumerate(spec.rules):
        validate_flow_rule(rule, f"spec.rules[{index}]", errors)


class FlowSchemaStrategy(Strategy[FlowSchema]):
    """Rules, a level, and how flows are told apart."""

    namespaced = False

    def default(self, obj: FlowSchema, request: Request) -> None:
        """In the middle of the order."""
        obj.spec.matching_precedence = obj.spec.matching_precedence or _PRECEDENCE

    def prepare_for_create(self, obj: FlowSchema, request: Request) -> None:
        """Nothing known yet."""
        obj.status = FlowSchemaStatus()
        obj.metadata.generation = 1

    def validate(self, obj: FlowSchema, request: Request) -> Errors:
        """Rules; those the server cannot do without are fixed."""
        errors = Errors()
        name = obj.metadata.name
        validate_metadata(obj.metadata, errors, namespaced=False)
        fixed = _mandatory().get(name)
        if fixed is not None and obj.spec != fixed:
            errors.invalid("spec", internal_form(obj.spec), f"spec of '{name}' must equal the fixed value")
        _validate_spec(name, obj.spec, errors)
        validate_flow_conditions(obj.status.conditions, errors)
        return errors

    def prepare_for_update(self, new: FlowSchema, old: FlowSchema, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        count_generation(new, old)

    def validate_update(self, new: FlowSchema, old: FlowSchema, request: Request) -> Errors:
        """As a new object."""
        return self.validate(new, request)


class FlowSchemaStatusStrategy(StatusStrategy[FlowSchema]):
    """Whether the level is there."""

    reset_fields = ("metadata", "spec")

    namespaced = False
    keeps_metadata = True

    def validate_update(self, new: FlowSchema, old: FlowSchema, request: Request) -> Errors:
        """Conditions."""
        errors = Errors()
        validate_flow_conditions(new.status.conditions, errors)
        return errors


STRATEGY = FlowSchemaStrategy()
STRATEGY.subresources = {"status": FlowSchemaStatusStrategy()}
