"""The values of the variables that expressions about a request may use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from apiserver.admission.expressions.authorizing import variables_for
from apiserver.admission.expressions.budget import Budget, BudgetSpent
from apiserver.admission.matching.targets import Kind, Target, name_of, namespace_of, target_of
from apiserver.admission.matching.views import View, encoded, options_document
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth.protocols import Authorizer
from minik8s.api.core_v1 import Namespace
from minik8s.machinery.cel import CostExceeded, EvalError, Program
from minik8s.machinery.quoting import quote

_NAMESPACE = Kind("", "v1", "Namespace")


def request_value(request: AdmissionRequest, target: Target) -> dict[str, Any]:
    """The variable `request`."""
    own = target_of(request)
    user = request.user
    who = {
        "username": user.name,
        "uid": user.uid,
        "groups": list(user.groups),
        "extra": {key: list(values) for key, values in user.extra.items()},
    }
    return {
        "kind": _kind(target.kind),
        "resource": _resource(target),
        "requestKind": _kind(own.kind),
        "requestResource": _resource(own),
        "operation": request.operation.value,
        "userInfo": _without_empty(who),
        "dryRun": request.dry_run,
        "options": options_document(request.options),
        **_without_empty(
            {
                "subResource": request.subresource,
                "requestSubResource": request.subresource,
                "name": name_of(request),
                "namespace": namespace_of(request),
            }
        ),
    }


def _without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """What is empty is not there, as in a review that a webhook gets."""
    return {key: value for key, value in fields.items() if value}


def _kind(kind: Kind) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def _resource(target: Target) -> dict[str, str]:
    return {"group": target.group, "version": target.version, "resource": target.resource}


def namespace_value(namespace: Namespace | None) -> dict[str, Any] | None:
    """The variable `namespaceObject`."""
    document = encoded(namespace, _NAMESPACE)
    if document is None:
        return None
    found: dict[str, Any] = msgspec.json.decode(document)
    found.get("metadata", {}).pop("managedFields", None)
    return found


def activation(
    request: AdmissionRequest, view: View, authorizer: Authorizer, namespace: Namespace | None = None
) -> dict[str, Any]:
    """Values by name. What takes work is made when an expression first asks for it."""
    return {
        "object": lambda: view.object,
        "oldObject": lambda: view.old_object,
        "request": _once(lambda: request_value(request, view.target)),
        "namespaceObject": _once(lambda: namespace_value(namespace)),
        **variables_for(authorizer, request, view.target),
    }


def _once(make: Callable[[], Any]) -> Callable[[], Any]:
    held: list[Any] = []

    def value() -> Any:
        if not held:
            held.append(make())
        return held[0]

    return value


class Variables(dict[str, Any]):
    """A policy's own variables: each is computed when first asked for, and once."""

    def __init__(self, programs: Mapping[str, Program | str], known: dict[str, Any], budget: Budget) -> None:
        super().__init__(programs)
        self._known = known
        self._budget = budget
        self._found: dict[str, Any] = {}
        self._failed: dict[str, EvalError] = {}

    def __getitem__(self, name: str) -> Any:
        if name in self._found:
            return self._found[name]
        if name in self._failed:
            raise self._failed[name]
        program = super().__getitem__(name)
        try:
            if isinstance(program, str):
                raise EvalError(f"compilation error: {program}")
            value = self._budget.run(program, self._known)
        except (CostExceeded, BudgetSpent):
            raise
        except EvalError as error:
            self._failed[name] = EvalError(f"composited variable {quote(name)} fails to evaluate: {error}")
            raise self._failed[name] from None
        self._found[name] = value
        return value
