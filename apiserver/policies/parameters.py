"""The objects that a binding gives its policy as parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from minik8s.api.admissionregistration_v1 import ParamKind, ParamRef
from minik8s.machinery.selectors import SelectorError, from_label_selector


class ConfigurationError(Exception):
    """A policy or binding cannot be used as it is; the text says why."""


class Param(NamedTuple):
    """One object given as a parameter."""

    namespace: str
    name: str
    document: dict[str, Any]


class ParamSource(Protocol):
    """Objects of one kind."""

    namespaced: bool

    def get(self, namespace: str, name: str) -> Param | None:
        """One object."""
        ...

    def all(self, namespace: str) -> Iterable[tuple[Mapping[str, str], Param]]:
        """All objects, of one namespace if given, with their labels."""
        ...


class ParamSources(Protocol):
    """Finds objects by kind."""

    def params(self, api_version: str, kind: str) -> ParamSource | None:
        """Objects of a kind that is served, None of one that is not."""
        ...


def parameters(
    kind: ParamKind | None, reference: ParamRef | None, namespace: str, sources: ParamSources
) -> list[Param | None]:
    """What a policy is evaluated with, once with each; None is without. Raises ConfigurationError."""
    if kind is None:
        return [None]
    source = sources.params(kind.api_version, kind.kind)
    if source is None:
        group, _, version = kind.api_version.rpartition("/")
        raise ConfigurationError(
            f"failed to find resource referenced by paramKind: '{group}/{version}, Kind={kind.kind}'"
        )
    if reference is None:
        return [None]
    where = ""
    if source.namespaced:
        where = reference.namespace or namespace
        if not where:
            raise ConfigurationError(
                "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
            )
    elif reference.namespace:
        raise ConfigurationError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
    found: list[Param | None] = []
    if reference.name:
        one = source.get(where, reference.name)
        found = [] if one is None else [one]
    elif reference.selector is not None:
        try:
            selector = from_label_selector(reference.selector)
        except SelectorError as error:
            raise ConfigurationError(str(error)) from None
        found = [param for labels, param in source.all(where) if selector.matches(labels)]
    if not found and reference.parameter_not_found_action == "Deny":
        raise ConfigurationError("no params found for policy binding with `Deny` parameterNotFoundAction")
    return found
