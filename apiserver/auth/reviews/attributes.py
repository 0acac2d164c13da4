"""What a review asks about, as authorizers see it, and what of it could not be understood."""

from __future__ import annotations

from typing import NamedTuple

from apiserver.auth.protocols import Attributes, Decision, SelectorRequirement, User, Verdict
from apiserver.auth.selectors import of_fields, of_labels
from minik8s.api.authorization_v1 import (
    FieldSelectorAttributes,
    LabelSelectorAttributes,
    NonResourceAttributes,
    ResourceAttributes,
    SubjectAccessReviewStatus,
)
from minik8s.machinery.selectors import SelectorError
from minik8s.machinery.selectors import requirement as checked

_LABEL_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
_FIELD_OPERATORS = {"In": "=", "NotIn": "!="}


class _Selected(NamedTuple):
    requirements: tuple[SelectorRequirement, ...] = ()
    partly: bool = False


class Question(NamedTuple):
    """What is asked; `notes` say which selectors were ignored, in whole or in part: that asks for more, never less."""

    attributes: Attributes
    notes: tuple[str, ...] = ()

    def answer(self, decision: Decision) -> SubjectAccessReviewStatus:
        """The status of the review."""
        problems = (decision.error, *self.notes) if decision.error else self.notes
        return SubjectAccessReviewStatus(
            allowed=decision.allowed,
            denied=decision.verdict is Verdict.DENY,
            reason=decision.reason,
            evaluation_error="; ".join(problems),
        )


def question(user: User, resource: ResourceAttributes | None, path: NonResourceAttributes | None) -> Question:
    """What a valid review asks."""
    if resource is None:
        asked = path or NonResourceAttributes()
        return Question(Attributes(user, asked.verb, path=asked.path, resource_request=False))
    fields, labels = _fields(resource.field_selector), _labels(resource.label_selector)
    attributes = Attributes(
        user,
        resource.verb,
        resource.namespace,
        resource.group,
        resource.version or "*",
        resource.resource,
        resource.subresource,
        resource.name,
        field_selector=fields.requirements,
        label_selector=labels.requirements,
    )
    notes = []
    for name, selected in (("fieldSelector", fields), ("labelSelector", labels)):
        if selected.partly:
            how = "partially ignored" if selected.requirements else "ignored"
            notes.append(f"spec.resourceAttributes.{name} {how} due to parse error")
    return Question(attributes, tuple(notes))


def _fields(selector: FieldSelectorAttributes | None) -> _Selected:
    if selector is None:
        return _Selected()
    if not selector.requirements:
        try:
            return _Selected(of_fields(selector.raw_selector))
        except SelectorError:
            return _Selected(partly=True)
    found, partly = [], False
    for requirement in selector.requirements:
        operator = _FIELD_OPERATORS.get(requirement.operator)
        if operator is None or len(requirement.values) != 1:
            partly = True
        else:
            found.append(SelectorRequirement(requirement.key, operator, tuple(requirement.values)))
    return _Selected(tuple(found), partly)


def _labels(selector: LabelSelectorAttributes | None) -> _Selected:
    if selector is None:
        return _Selected()
    if not selector.requirements:
        try:
            return _Selected(of_labels(selector.raw_selector))
        except SelectorError:
            return _Selected(partly=True)
    found, partly = [], False
    for requirement in selector.requirements:
        operator = _LABEL_OPERATORS.get(requirement.operator)
        try:
            if operator is None:
                raise SelectorError(requirement.operator)
            checked(requirement.key, operator, requirement.values)
        except SelectorError:
            partly = True
        else:
            found.append(SelectorRequirement(requirement.key, operator, tuple(requirement.values)))
    return _Selected(tuple(found), partly)
