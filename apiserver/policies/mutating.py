"""The admission plugin MutatingAdmissionPolicy: one after the other, each sees what those before it have changed."""

from __future__ import annotations

import time
from typing import Protocol

import msgspec

from apiserver.admission.matching.targets import ConversionFailed, Served, Target, target_of
from apiserver.admission.matching.views import View, Views, encoded
from apiserver.admission.plugin import AdmissionRequest
from apiserver.admission.reinvocation import Asked, Rounds
from apiserver.auth.errors import StatusError, internal
from apiserver.auth.protocols import Authorizer, Reader
from apiserver.field_checks import unknown_fields
from apiserver.policies.base import PolicyPlugin, Problem
from apiserver.policies.metrics import PolicyMetrics
from apiserver.policies.mutations import MutatingPolicy, MutationFailed
from apiserver.policies.parameters import Param, ParamSources
from apiserver.policies.source import Bound, Candidate, Source
from minik8s.api.admissionregistration_v1 import MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding
from minik8s.api.meta_v1 import StatusCause
from minik8s.machinery.apply.schema import Schema
from minik8s.machinery.quoting import quote

_Bound = Bound[MutatingAdmissionPolicyBinding]
_Problem = Problem[MutatingPolicy, MutatingAdmissionPolicyBinding]
_Candidate = Candidate[MutatingPolicy, MutatingAdmissionPolicyBinding]


class Schemas(Protocol):
    """Finds how objects are taken apart."""

    def schema(self, request: AdmissionRequest, target: Target) -> Schema | None:
        """The schema of a request's object, seen under a target."""
        ...


class _Failure(Exception):
    """A policy refuses a request because it cannot do its work."""

    def __init__(self, policy: MutatingPolicy, bound: _Bound | None, why: str, reason: str = "") -> None:
        who = f"policy '{policy.name}' with binding '{bound.name}'" if bound else f"policy {quote(policy.name)}"
        super().__init__(f"{who} denied request: {why}")
        self.reason = reason


class MutatingPolicies(PolicyPlugin[MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingPolicy]):
    """Changes objects by policies."""

    name = "MutatingAdmissionPolicy"
    mutates = True
    validates = False

    def __init__(
        self,
        reader: Reader,
        authorizer: Authorizer,
        served: Served,
        sources: ParamSources,
        schemas: Schemas,
        counts: PolicyMetrics,
    ) -> None:
        super().__init__(reader, authorizer, sources)
        self._served = served
        self._schemas = schemas
        self._counts = counts
        self.source = Source(reader, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingPolicy, served)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Let every policy that is about the request change its object. Raises StatusError."""
        candidates = self._concerned(request)
        if not candidates:
            return
        rounds = request.rounds = request.rounds or Rounds()
        asked = rounds.of(self.name)
        kind = Views(request, self._served).own.kind
        if rounds.again and asked.last != encoded(request.obj, kind):
            asked.changed()
        failures: list[_Failure] = []
        for candidate in candidates:
            async for found in self._bindings(candidate, request):
                try:
                    if isinstance(found, Problem):
                        raise _Failure(found.policy, found.bound, found.message)
                    await self._use(candidate, found, request, rounds, asked, failures)
                except _Failure as failure:
                    if candidate.policy.fails:
                        failures.append(failure)
        if asked.before or asked.due:
            asked.last = encoded(request.obj, kind)
        if failures:
            raise _refusal(request, failures)

    async def _use(
        self,
        candidate: _Candidate,
        bound: _Bound,
        request: AdmissionRequest,
        rounds: Rounds,
        asked: Asked,
        failures: list[_Failure],
    ) -> None:
        policy = candidate.policy
        params = self._parameters(policy, bound, request)
        if isinstance(params, Problem):
            raise _Failure(policy, params.bound, params.message)
        for param in params:
            views = Views(request, self._served)
            view = await self._view(candidate, bound, views)
            if isinstance(view, Problem):
                raise _Failure(policy, None, view.message)
            namespace = await self._namespace(request)
            values = self._values(request, view, namespace, param)
            verdict = await policy.applies(values)
            if verdict.error:
                if policy.fails:
                    failures.append(_Failure(policy, bound, verdict.error, "Invalid"))
                continue
            if not verdict.matches:
                continue
            ident = _ident(policy, bound, param)
            if rounds.again and ident not in asked.due:
                continue
            if await self._mutate(candidate, bound, request, view, param, failures):
                asked.changed()
                rounds.needed = True
            if policy.again:
                asked.before.add(ident)

    async def _mutate(
        self,
        candidate: _Candidate,
        bound: _Bound,
        request: AdmissionRequest,
        view: View,
        param: Param | None,
        failures: list[_Failure],
    ) -> bool:
        """Make a policy's mutations in their order. Whether they change anything. Raises StatusError."""
        policy, target = candidate.policy, candidate.target
        document = view.object
        if document is None:
            return False
        schema = self._schemas.schema(request, target)
        namespace = await self._namespace(request)
        changed = False
        for index in range(policy.count):
            began = time.perf_counter()
            values = self._values(request, view, namespace, param)
            error = "no_error"
            try:
                new = await policy.mutated(index, values, document, schema)
                if new != document:
                    await self._take(request, new, target)
                    views = Views(request, self._served)
                    view = await views.of(target)
                    changed = changed or view.object != document
                    document = view.object or {}
            except (MutationFailed, ConversionFailed) as failed:
                error = "invalid_error"
                if policy.fails:
                    failures.append(_Failure(policy, bound, str(failed), "Invalid"))
            enforced = "allow" if error == "no_error" else "deny"
            self._counts.observe("mutating", policy.name, bound.name, enforced, error, time.perf_counter() - began)
        return changed

    async def _take(self, request: AdmissionRequest, document: dict[str, object], target: Target) -> None:
        cls = type(request.obj)
        # What the schema of a custom kind does not know is pruned, as it is from what clients send.
        strict = cls is not dict and getattr(cls, "CUSTOM", None) is None
        if strict and target.kind == target_of(request).kind:
            unknown, _ = unknown_fields(document, cls)
            if unknown:
                told = ", ".join(f"unknown field {quote(path)}" for path in unknown)
                raise internal(f"strict decoding error: {told}")
        try:
            request.obj = await self._served.revised(request, document, target)
        except ConversionFailed as error:
            raise internal(str(error)) from None


def _ident(policy: MutatingPolicy, bound: _Bound, param: Param | None) -> str:
    where = "" if param is None else f"{param.namespace}/{param.name}"
    return f"{policy.name}|{bound.name}|{where}"


def _refusal(request: AdmissionRequest, failures: list[_Failure]) -> StatusError:
    status = request.forbidden("admission request denied by policy").status
    details = status.details
    assert details is not None
    causes = [*details.causes, *(StatusCause(message=str(failure)) for failure in failures)]
    return StatusError(
        msgspec.structs.replace(
            status,
            message=str(failures[0]),
            reason=failures[0].reason or status.reason,
            details=msgspec.structs.replace(details, causes=causes),
        )
    )
