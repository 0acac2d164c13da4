"""Names of kinds: two definitions of a group never share one. And the conditions that tell so."""

from __future__ import annotations

from collections import Counter

import msgspec

from apiserver.crd.outline import Outline
from minik8s.api.apiextensions_v1 import (
    CustomResourceDefinitionCondition,
    CustomResourceDefinitionNames,
)
from minik8s.machinery.conditions import get_condition, is_true, set_condition
from minik8s.machinery.quoting import quote

APPROVAL = "api-approved.kubernetes.io"
_PROTECTED = ("k8s.io", "kubernetes.io")
_NOBODY: Counter[str] = Counter()


def is_protected(group: str) -> bool:
    """Whether a group is Kubernetes' own to give away."""
    return group in _PROTECTED or group.endswith(tuple("." + each for each in _PROTECTED))


def _condition(crd: Outline, kind: str, status: str, reason: str, message: str, now: str) -> bool:
    made = CustomResourceDefinitionCondition(type=kind, status=status, reason=reason, message=message)
    return set_condition(crd.status.conditions, made, now)


class Taken:
    """Who holds which names: two definitions of a group never share one."""

    def __init__(self) -> None:
        self._held: dict[str, CustomResourceDefinitionNames] = {}
        self._names: dict[str, Counter[str]] = {}
        self._kinds: dict[str, Counter[str]] = {}

    def put(self, definition: str, names: CustomResourceDefinitionNames | None) -> bool:
        """A definition holds these names now, None where it is gone; whether that gives any name free."""
        before = self._held.get(definition)
        if before == names:
            return False
        group = definition.partition(".")[2]
        for held, sign in ((names, 1), (before, -1)):
            if held is not None:
                _count(self._names, group, _resources(held), sign)
                _count(self._kinds, group, {held.kind, held.list_kind}, sign)
        if names is None:
            del self._held[definition]
        else:
            self._held[definition] = names
        return before is not None and bool(before.plural)

    def name(self, definition: str, name: str) -> bool:
        """Whether a plural, singular or short name is held by another definition of the group."""
        held = self._held.get(definition)
        own = held is not None and name in _resources(held)
        return self._names.get(definition.partition(".")[2], _NOBODY)[name] > own

    def kind(self, definition: str, kind: str) -> bool:
        """Whether a kind is held by another definition of the group."""
        held = self._held.get(definition)
        own = held is not None and kind in (held.kind, held.list_kind)
        return self._kinds.get(definition.partition(".")[2], _NOBODY)[kind] > own


def _count(counters: dict[str, Counter[str]], group: str, names: set[str], sign: int) -> None:
    counter = counters.setdefault(group, Counter())
    for name in names - {""}:
        counter[name] += sign
        if not counter[name]:
            del counter[name]
    if not counter:
        del counters[group]


def _resources(names: CustomResourceDefinitionNames) -> set[str]:
    return {names.plural, names.singular, *names.short_names}


def settle(crd: Outline, taken: Taken, now: str) -> bool:
    """Accept what names can be accepted, and say so; whether the status changed."""
    status = crd.status
    accepted, problem = _accepted(crd.metadata.name, crd.spec.names, status.accepted_names, taken)
    changed = accepted != status.accepted_names
    status.accepted_names = accepted
    if problem is not None:
        changed |= _condition(crd, "NamesAccepted", "False", *problem, now)
        if get_condition(status.conditions, "Established") is None:
            changed |= _condition(crd, "Established", "False", "NotAccepted", "not all names are accepted", now)
    else:
        changed |= _condition(crd, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now)
        if not is_true(status.conditions, "Established"):
            text = "the initial names have been accepted"
            changed |= _condition(crd, "Established", "False", "Installing", text, now)
    return changed | _approval(crd, now)


def _accepted(
    definition: str, wanted: CustomResourceDefinitionNames, held: CustomResourceDefinitionNames, taken: Taken
) -> tuple[CustomResourceDefinitionNames, tuple[str, str] | None]:
    """The names that hold from now on, and (reason, message) of the last conflict."""
    made = msgspec.structs.replace(held)
    problem: tuple[str, str] | None = None
    for attribute, reason, used in (
        ("plural", "PluralConflict", taken.name),
        ("singular", "SingularConflict", taken.name),
        ("short_names", "ShortNamesConflict", taken.name),
        ("kind", "KindConflict", taken.kind),
        ("list_kind", "ListKindConflict", taken.kind),
    ):
        value, before = getattr(wanted, attribute), getattr(held, attribute)
        values, own = (value, before) if isinstance(value, list) else ([value], [before])
        clash = [f"{quote(each)} is already in use" for each in values if each not in own and used(definition, each)]
        if clash:
            problem = reason, clash[0] if len(clash) == 1 else f"[{', '.join(dict.fromkeys(clash))}]"
        else:
            setattr(made, attribute, value)
    made.categories = wanted.categories
    return made, problem


def establish(crd: Outline, now: str) -> None:
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


def _approval(crd: Outline, now: str) -> bool:
    if not is_protected(crd.spec.group):
        return False
    return _condition(crd, "KubernetesAPIApprovalPolicyConformant", *approval(crd.metadata.annotations), now)
