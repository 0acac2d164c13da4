"""ValidatingAdmissionPolicies: expressions that a request must satisfy."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.admissionregistration.policies import default_policy, validate_policy
from apiserver.registry.errors import Errors
from apiserver.registry.expressions import check_expression
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.admissionregistration_v1 import (
    AuditAnnotation,
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyStatus,
    Validation,
)

_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")
_ANNOTATIONS_MAX = 20
_NOTHING = "validations or auditAnnotations must contain at least one item"


def _validate_validation(each: Validation, path: str, errors: Errors, variables: tuple[str, ...]) -> None:
    check_expression(each.expression, f"{path}.expression", errors, variables=variables)
    message = each.message.strip()
    if each.message and not message:
        errors.invalid(f"{path}.message", each.message, "message must be non-empty if specified")
    elif "\n" in message or "\r" in message:
        errors.invalid(f"{path}.message", each.message, "message must not contain line breaks")
    elif not message and "\n" in each.expression.strip():
        errors.required(f"{path}.message", "message must be specified if expression contains line breaks")
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
        errors.invalid(path, len(annotations), detail)
    seen: set[str] = set()
    for index, annotation in enumerate(annotations):
        here = f"{path}[{index}]"
        if not annotation.key:
            errors.required(f"{here}.key")
        else:
            errors.invalid_each(f"{here}.key", annotation.key, formats.qualified_name(f"{name}/{annotation.key}"))
        if annotation.key in seen:
            errors.duplicate(f"{here}.key", annotation.key)
        seen.add(annotation.key)
        check_expression(
            annotation.value_expression,
            f"{here}.valueExpression",
            errors,
            wanted="string or null",
            variables=variables,
            missing="valueExpression is not specified",
        )


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
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        errors += self.validate(new, request)
        return errors


class ValidatingAdmissionPolicyStatusStrategy(StatusStrategy[ValidatingAdmissionPolicy]):
    """What the types of the expressions are found to be."""

    reset_fields = ("metadata", "spec")

    namespaced = False


STRATEGY = ValidatingAdmissionPolicyStrategy()
STRATEGY.subresources = {"status": ValidatingAdmissionPolicyStatusStrategy()}
