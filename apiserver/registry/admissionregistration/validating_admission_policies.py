"""ValidatingAdmissionPolicies: expressions that a request must satisfy."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.admissionregistration.policies import default_policy, validate_policy
from apiserver.registry.conditions import validate_conditions
from apiserver.registry.errors import Errors
from apiserver.registry.expressions import check_expression
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.admissionregistration_v1 import (
    AuditAnnotation,
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyStatus,
    Validation,
)

_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
_ANNOTATIONS_MAX = 20
_EXPRESSION_MAX = 5 * 1024
_NOTHING = "validations or auditAnnotations must contain at least one item"


def _validate_validation(each: Validation, path: str, errors: Errors, variables: tuple[str, ...]) -> None:
    check_expression(each.expression, f"{path}.expression", errors, variables=variables)
    message = each.message.strip()
    if each.message and not message:
        errors.invalid(f"{path}.message", each.message, "must be non-empty if specified")
    elif "\n" in message or "\r" in message:
        errors.invalid(f"{path}.message", each.message, "must not contain line breaks")
    if each.message_expression:
        if not each.message_expression.strip():
            errors.invalid(f"{path}.messageExpression", each.message_expression, "must be non-empty if specified")
        else:
            check_expression(
                each.message_expression, f"{path}.messageExpression", errors, wanted="string", variables=variables
            )
    if each.reason is not None and each.reason not in _REASONS:
        errors.not_supported(f"{path}.reason", each.reason, _REASONS)


def _validate_annotations(
    name: str, annotations: list[AuditAnnotation], errors: Errors, variables: tuple[str, ...]
) -> None:
    path = "spec.auditAnnotations"
    if len(annotations) > _ANNOTATIONS_MAX:
        detail = f"must not have more than {_ANNOTATIONS_MAX} auditAnnotations"
        errors.invalid(path, internal_form(annotations), detail)
    seen: set[str] = set()
    for index, annotation in enumerate(annotations):
        here = f"{path}[{index}]"
        if name:
            full = f"{name}/{annotation.key}"
            errors.invalid_each(f"{here}.key", full, formats.qualified_name(full))
        else:
            errors.invalid(f"{here}.key", annotation.key, "requires metadata.name be non-empty")
        check_expression(
            annotation.value_expression,
            f"{here}.valueExpression",
            errors,
            wanted="string or null",
            variables=variables,
            missing="valueExpression is not specified",
        )
        if len(annotation.value_expression.strip()) > _EXPRESSION_MAX:
            # Kubernetes tells of it as of one that is missing.
            errors.required(f"{here}.valueExpression", f"must not exceed {_EXPRESSION_MAX} bytes in length")
        if annotation.key in seen:
            errors.duplicate(f"{here}.key", annotation.key)
        seen.add(annotation.key)


class ValidatingAdmissionPolicyStrategy(Strategy[ValidatingAdmissionPolicy]):
    """What requests must satisfy, and what is written about them."""

    namespaced = False
    allow_unconditional_update = False
    categories = ("api-extensions",)

    def default(self, obj: ValidatingAdmissionPolicy, request: Request) -> None:
        """As any policy."""
        default_policy(obj.spec)

    def prepare_for_create(self, obj: ValidatingAdmissionPolicy, request: Request) -> None:
        """Nothing checked yet."""
        obj.status = ValidatingAdmissionPolicyStatus()
        obj.metadata.generation = 1

    def validate(self, obj: ValidatingAdmissionPolicy, request: Request) -> Errors:
        """Rules and expressions."""
        errors = Errors()
        spec = obj.spec
        validate_metadata(obj.metadata, errors, namespaced=False, qualified_finalizers=False)
        variables = validate_policy(spec, errors)
        if not spec.validations and not spec.audit_annotations:
            errors.required("spec.validations", _NOTHING)
            errors.required("spec.auditAnnotations", _NOTHING)
        for index, each in enumerate(spec.validations):
            _validate_validation(each, f"spec.validations[{index}]", errors, variables)
        _validate_annotations(obj.metadata.name, spec.audit_annotations, errors, variables)
        return errors

    def prepare_for_update(
        self, new: ValidatingAdmissionPolicy, old: ValidatingAdmissionPolicy, request: Request
    ) -> None:
        """The status stays."""
        new.status = old.status
        count_generation(new, old)

    def validate_update(
        self, new: ValidatingAdmissionPolicy, old: ValidatingAdmissionPolicy, request: Request
    ) -> Errors:
        """As a new object."""
        return self.validate(new, request)


class ValidatingAdmissionPolicyStatusStrategy(StatusStrategy[ValidatingAdmissionPolicy]):
    """What the types of the expressions are found to be."""

    reset_fields = ("metadata", "spec")

    namespaced = False

    def validate_update(
        self, new: ValidatingAdmissionPolicy, old: ValidatingAdmissionPolicy, request: Request
    ) -> Errors:
        """Warnings that say where and what, and conditions."""
        errors = Errors()
        checking = new.status.type_checking
        for index, each in enumerate(checking.expression_warnings if checking is not None else ()):
            path = f"status.typeChecking.expressionWarnings[{index}]"
            if not each.warning:
                errors.required(f"{path}.warning")
            if not each.field_ref.strip():
                errors.required(f"{path}.fieldRef")
        validate_conditions(new.status.conditions, "status.conditions", errors)
        return errors


STRATEGY = ValidatingAdmissionPolicyStrategy()
STRATEGY.subresources = {"status": ValidatingAdmissionPolicyStatusStrategy()}
