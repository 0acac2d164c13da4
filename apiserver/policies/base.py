"""What both plugins of policies do: find policies and bindings about a request, and their parameters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Generic, NamedTuple

from apiserver.admission.expressions.activation import activation
from apiserver.admission.matching.rules import exempt
from apiserver.admission.matching.selecting import namespace_for
from apiserver.admission.matching.targets import ConversionFailed, is_namespace, namespace_of
from apiserver.admission.matching.views import View, Views
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Authorizer, Reader
from apiserver.policies.parameters import ConfigurationError, Param, ParamSources, parameters
from apiserver.policies.source import Binding, Bound, Candidate, P, Policy, Source
from minik8s.api.core_v1 import Namespace

_NEVER = frozenset(
    (
        ("authentication.k8s.io", "selfsubjectreviews"),
        ("authentication.k8s.io", "tokenreviews"),
        ("authorization.k8s.io", "localsubjectaccessreviews"),
        ("authorization.k8s.io", "selfsubjectaccessreviews"),
        ("authorization.k8s.io", "selfsubjectrulesreviews"),
        ("authorization.k8s.io", "subjectaccessreviews"),
    )
)


class Problem(NamedTuple, Generic[P, Binding]):
    """A policy (or a binding of it) that cannot be used as it is."""

    policy: P
    bound: Bound[Binding] | None
    why: str

    @property
    def message(self) -> str:
        """What people are told."""
        return f"failed to configure {'policy' if self.bound is None else 'binding'}: {self.why}"


class PolicyPlugin(Generic[Policy, Binding, P]):
    """Base of both plugins."""

    source: Source[Policy, Binding, P]

    def __init__(self, reader: Reader, authorizer: Authorizer, sources: ParamSources) -> None:
        self._reader = reader
        self._authorizer = authorizer
        self._sources = sources

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Every request may be somebody's; who is concerned is looked up for each kind of request."""
        return (group, resource) not in _NEVER

    async def mutate(self, request: AdmissionRequest) -> None:
        """Nothing."""

    async def validate(self, request: AdmissionRequest) -> None:
        """Nothing."""

    def _concerned(self, request: AdmissionRequest) -> tuple[Candidate[P, Binding], ...]:
        if self.source.empty or exempt(request):
            return ()
        return tuple(self.source.candidates(request))

    async def _bindings(
        self, candidate: Candidate[P, Binding], request: AdmissionRequest
    ) -> AsyncIterator[Bound[Binding] | Problem[P, Binding]]:
        """The bindings that count for a request, and what is wrong with others. Raises StatusError."""
        policy = candidate.policy
        try:
            if not await policy.match.selects(request, self._reader):
                return
        except StatusError as error:
            yield Problem(policy, None, str(error))
            return
        for bound in candidate.bindings:
            try:
                if await bound.match.selects(request, self._reader):
                    yield bound
            except StatusError as error:
                yield Problem(policy, bound, str(error))

    def _parameters(
        self, policy: Any, bound: Bound[Binding], request: AdmissionRequest
    ) -> list[Param | None] | Problem[P, Binding]:
        kind, reference = policy.policy.spec.param_kind, bound.params
        try:
            return parameters(kind, reference, namespace_of(request), self._sources)
        except ConfigurationError as error:
            known = kind is None or self._sources.params(kind.api_version, kind.kind) is not None
            return Problem(policy, bound if known else None, str(error))

    @staticmethod
    async def _view(
        candidate: Candidate[P, Binding], bound: Bound[Binding], views: Views
    ) -> View | Problem[P, Binding]:
        try:
            return await views.of(candidate.target)
        except ConversionFailed as error:
            return Problem(candidate.policy, bound, f"failed to convert object version: {error}")

    async def _namespace(self, request: AdmissionRequest) -> Namespace | None:
        """The variable `namespaceObject`: none for what lies in no namespace, nor for a Namespace itself."""
        return None if is_namespace(request) else await namespace_for(request, self._reader)

    def _values(
        self, request: AdmissionRequest, view: View, namespace: Namespace | None, param: Param | None
    ) -> dict[str, Any]:
        found = activation(request, view, self._authorizer, namespace)
        found["params"] = None if param is None else param.document
        return found
