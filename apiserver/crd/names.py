"""Names of kinds: two definitions of a group never share one. And the conditions that tell so."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from minik8s.api.apiextensions_v1 import (
    CustomResourceDefinition,
    CustomResourceDefinitionCondition,
    CustomResourceDefinitionNames,
)
from minik8s.machinery.conditions import is_true, set_condition
from minik8s.machinery.quoting import quote

APPROVAL = "api-approved.kubernetes.io"
_PROTECTED = ("k8s.io", "kubernetes.io")


def is_protected(group: str) -> bool:
    """Whether a group is Kubernetes' own to give away."""
    return group in _PROTECTED or group.endswith(tuple("." + each for each in _PROTECTED))


def _condition(crd: CustomResourceDefinition, kind: str, status: str, reason: str, message: str, now: str) -> bool:
    made = CustomResourceDefinitionCondition(type=kind, status=status, reason=reason, message=message)
    return set_condition(crd.status.conditions, made, now)


def settle(crd: CustomResourceDefinition, others: Iterable[CustomResourceDefinition], now: str) -> bool:
    """Accept what names can be accepted, and say so; whether the status changed."""
    wanted, status = crd.spec.names, crd.status
    taken: set[str] = set()
    kinds: set[str] = set()
    for other in others:
        names = other.status.accepted_names
        taken |= {names.plural, names.singular, *names.short_names}
        kinds |= {names.kind, names.list_kind}
    taken.discard("")
    kinds.discard("")
    before = msgspec.structs.replace(status.accepted_names)
    accepted, problem = _accepted(wanted, status.accepted_names, taken, kinds)
    changed = accepted != before
    status.accepted_names = accepted
    if problem is not None:
        changed |= _condition(crd, "NamesAccepted", "False", *problem, now)
        if not is_true(status.conditions, "Established"):
            changed |= _condition(crd, "Established", "False", "NotAccepted", "not all names are accepted", now)
    else:
        changed |= _condition(crd, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
        if not is_true(status.conditions, "Established"):
            text = "the initial names have been accepted"
            changed |= _condition(crd, "Established", "False", "Installing", text, now)
    return changed | _approval(crd, now)


def _accepted(
    wanted: CustomResourceDefinitionNames,
    held: CustomResourceDefinitionNames,
    taken: set[str],
    kinds: set[str],
) -> tuple[CustomResourceDefinitionNames, tuple[str, str] | None]:
    """The names that hold from now on, and (reason, message) of the last conflict."""
    made = msgspec.structs.replace(held)
    problem: tuple[str, str] | None = None
    for attribute, reason, used in (
        ("plural", "PluralConflict", taken),
        ("singular", "SingularConflict", taken),
    ):
        value = getattr(wanted, attribute)
        if value and value in used:
            problem = problem or (reason, f"{quote(value)} is already in use")
        else:
            setattr(made, attribute, value)
    if clash := [each for each in wanted.short_names if each in taken]:
        problem = problem or ("ShortNamesConflict", ", ".join(f"{quote(each)} is already in use" for each in clash))
    else:
        made.short_names = wanted.short_names
    for attribute, reason, used in (("kind", "KindConflict", kinds), ("list_kind", "ListKindConflict", kinds)):
        value = getattr(wanted, attribute)
        if value and value in used:
            problem = problem or (reason, f"{quote(value)} is already in use")
        else:
            setattr(made, attribute, value)
    made.categories = wanted.categories
    return made, problem


def establish(crd: CustomResourceDefinition, now: str) -> None:
    """Say that the kind is served."""
    _condition(crd, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", now)


def approval(annotations: dict[str, str]) -> tuple[str, str, str]:
    """(status, reason, message) of the policy for groups that are Kubernetes' own."""
    value = annotations.get(APPROVAL, "")
    if not value:
        text = f"protected groups must have approval annotation {quote(APPROVAL)}, see "
        return "False", "MissingAnnotation", text + "https://github.com/kubernetes/enhancements/pull/1111"
    if value.startswith("unapproved"):
        return "False", "UnapprovedAnnotation", f"not approved: {quote(value)}"
    if "://" in value and value.partition("://")[2].partition("/")[0]:
        return "True", "ApprovedAnnotation", f"approved in {value}"
    text = (
        f"protected groups must have approval annotation {quote(APPROVAL)} with either a URL or a reason starting "
        f'with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111'
    )
    return "False", "InvalidAnnotation", text


def _approval(crd: CustomResourceDefinition, now: str) -> bool:
    if not is_protected(crd.spec.group):
        return False
    return _condition(crd, "KubernetesAPIApprovalPolicyConformant", *approval(crd.metadata.annotations), now)
