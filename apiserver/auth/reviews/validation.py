"""What makes a question about rights no question: faults of SubjectAccessReview and its kin."""

from __future__ import annotations

import msgspec

from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import in_order, internal_form
from apiserver.registry.labels import VALUES_FORBIDDEN, VALUES_NEEDED, validate_label_requirement
from minik8s.api.authorization_v1 import (
    FieldSelectorAttributes,
    LabelSelectorAttributes,
    LocalSubjectAccessReview,
    ResourceAttributes,
    SelfSubjectAccessReview,
    SelfSubjectAccessReviewSpec,
    SubjectAccessReview,
    SubjectAccessReviewSpec,
)
from minik8s.api.meta_v1 import FieldSelectorRequirement
from minik8s.api.object_meta import ObjectMeta

_RESOURCE = "spec.resourceAttributes"
_PATH = "spec.nonResourceAttributes"


def subject_faults(review: SubjectAccessReview) -> Errors:
    """Faults of a question about anybody."""
    errors = _subject_faults(review.spec)
    _check_metadata(review.metadata, errors, namespaced=False)
    return errors


def own_faults(review: SelfSubjectAccessReview) -> Errors:
    """Faults of a question about oneself."""
    errors = _one_of(review.spec)
    _check_selectors(review.spec.resource_attributes, errors)
    _check_metadata(review.metadata, errors, namespaced=False)
    return errors


def local_faults(review: LocalSubjectAccessReview) -> Errors:
    """Faults of a question about anybody within one namespace."""
    errors = _subject_faults(review.spec)
    _check_metadata(review.metadata, errors, namespaced=True)
    resource, path = review.spec.resource_attributes, review.spec.non_resource_attributes
    if resource is not None and resource.namespace != review.metadata.namespace:
        errors.invalid(f"{_RESOURCE}.namespace", resource.namespace, "must match metadata.namespace")
    if path is not None:
        errors.invalid(_PATH, internal_form(path), "disallowed on this kind of request")
    return errors


def _subject_faults(spec: SubjectAccessReviewSpec) -> Errors:
    errors = _one_of(spec)
    if not spec.user and not spec.groups:
        errors.invalid("spec.user", spec.user, "at least one of user or group must be specified")
    _check_selectors(spec.resource_attributes, errors)
    return errors


def _one_of(spec: SubjectAccessReviewSpec | SelfSubjectAccessReviewSpec) -> Errors:
    errors = Errors()
    resource, path = spec.resource_attributes, spec.non_resource_attributes
    if resource is not None and path is not None:
        errors.invalid(_PATH, internal_form(path), "cannot be specified in combination with resourceAttributes")
    if resource is None and path is None:
        errors.invalid(_RESOURCE, None, "exactly one of nonResourceAttributes or resourceAttributes must be specified")
    return errors


def _check_metadata(metadata: ObjectMeta, errors: Errors, *, namespaced: bool) -> None:
    rest = msgspec.structs.replace(metadata, managed_fields=[], namespace="" if namespaced else metadata.namespace)
    if rest != ObjectMeta():
        detail = "must be empty except for namespace" if namespaced else "must be empty"
        errors.invalid("metadata", in_order(metadata), detail)


def _check_selectors(resource: ResourceAttributes | None, errors: Errors) -> None:
    if resource is None:
        return
    fields, labels = f"{_RESOURCE}.fieldSelector", f"{_RESOURCE}.labelSelector"
    if resource.field_selector is not None:
        _check_form(resource.field_selector, fields, errors)
        for index, requirement in enumerate(resource.field_selector.requirements):
            _check_field_requirement(requirement, f"{fields}.requirements[{index}]", errors)
    if resource.label_selector is not None:
        _check_form(resource.label_selector, labels, errors)
        for index, wanted in enumerate(resource.label_selector.requirements):
            validate_label_requirement(wanted, f"{labels}.requirements[{index}]", errors, any_operator=True)


def _check_form(selector: FieldSelectorAttributes | LabelSelectorAttributes, path: str, errors: Errors) -> None:
    if selector.raw_selector and selector.requirements:
        why = "may not specified at the same time as requirements"
        errors.invalid(f"{path}.rawSelector", selector.raw_selector, why)
    if not selector.raw_selector and not selector.requirements:
        why = f"when {path} is specified, requirements or rawSelector is required"
        errors.required(f"{path}.requirements", why)


def _check_field_requirement(requirement: FieldSelectorRequirement, path: str, errors: Errors) -> None:
    # Operators of a newer client are no fault: what is not understood narrows nothing.
    if not requirement.key:
        errors.required(f"{path}.key", "must be specified")
    if requirement.operator in ("In", "NotIn") and not requirement.values:
        errors.required(f"{path}.values", VALUES_NEEDED)
    if requirement.operator in ("Exists", "DoesNotExist") and requirement.values:
        errors.forbidden(f"{path}.values", VALUES_FORBIDDEN)
