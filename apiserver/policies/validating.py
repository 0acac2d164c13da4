"""The admission plugin ValidatingAdmissionPolicy."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from apiserver.admission.matching.targets import Served
from apiserver.admission.matching.views import Views
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Authorizer, Reader
from apiserver.policies.base import PolicyPlugin, Problem
from apiserver.policies.metrics import PolicyMetrics
from apiserver.policies.parameters import ParamSources
from apiserver.policies.source import Bound, Source
from apiserver.policies.validations import Decision, Outcome, ValidatingPolicy
from minik8s.api.admissionregistration_v1 import ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding
from minik8s.api.meta_v1 import StatusCause

_CODES = {"Forbidden": 403, "Invalid": 422, "RequestEntityTooLarge": 413, "Unauthorized": 401}
_FAILURE = "validation.policy.admission.k8s.io/validation_failure"
_MOST_ANNOTATION = 10 * 1024
_Bound = Bound[ValidatingAdmissionPolicyBinding]


class ValidatingPolicies(PolicyPlugin[ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingPolicy]):
    """Judges requests by policies."""

    name = "ValidatingAdmissionPolicy"
    mutates = False
    validates = True

    def __init__(
        self, reader: Reader, authorizer: Authorizer, served: Served, sources: ParamSources, counts: PolicyMetrics
    ) -> None:
        super().__init__(reader, authorizer, sources)
        self._served = served
        self._counts = counts
        self.source = Source(
            reader, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingPolicy, served
        )

    async def validate(self, request: AdmissionRequest) -> None:
        """Ask every policy that is about the request; the first objection is told. Raises StatusError."""
        candidates = self._concerned(request)
        if not candidates:
            return
        views = Views(request, self._served)
        refused: list[tuple[str, Decision]] = []
        for candidate in candidates:
            policy = candidate.policy
            annotations: dict[str, list[str]] = {}
            async for bound in self._bindings(candidate, request):
                found = bound
                if not isinstance(found, Problem):
                    found = await self._ask(candidate, found, request, views, annotations, refused) or found
                if isinstance(found, Problem) and policy.fails:
                    who = f"ValidatingAdmissionPolicy '{policy.name}'"
                    if found.bound is not None:
                        who += f" with binding '{found.bound.name}'"
                    refused.append((who, Decision(0, found.message, error=True)))
            for key, values in annotations.items():
                request.annotations[f"{policy.name}/{key}"] = ", ".join(values)
        if refused:
            raise _refusal(request, *refused[0])

    async def _ask(
        self,
        candidate: Any,
        bound: _Bound,
        request: AdmissionRequest,
        views: Views,
        annotations: dict[str, list[str]],
        refused: list[tuple[str, Decision]],
    ) -> Problem[ValidatingPolicy, ValidatingAdmissionPolicyBinding] | None:
        policy: ValidatingPolicy = candidate.policy
        params = self._parameters(policy, bound, request)
        if isinstance(params, Problem):
            return params
        if not params:
            return None
        view = await self._view(candidate, bound, views)
        if isinstance(view, Problem):
            return view
        namespace = await self._namespace(request)
        for param in params:
            began = time.perf_counter()
            outcome = await policy.judge(self._values(request, view, namespace, param))
            self._enforce(policy, bound, outcome, time.perf_counter() - began, request, refused)
            for key, value in outcome.annotations.items():
                held = annotations.setdefault(key, [])
                if value not in held:
                    held.append(value[:_MOST_ANNOTATION])
        return None

    def _enforce(
        self,
        policy: ValidatingPolicy,
        bound: _Bound,
        outcome: Outcome,
        seconds: float,
        request: AdmissionRequest,
        refused: list[tuple[str, Decision]],
    ) -> None:
        who = f"ValidatingAdmissionPolicy '{policy.name}' with binding '{bound.name}'"
        for _ in range(outcome.ignored):
            self._counts.observe("validating", policy.name, bound.name, "allow", "invalid_error", seconds)
        for decision in outcome.denied:
            for action in bound.binding.spec.validation_actions:
                self._counts.observe(
                    "validating", policy.name, bound.name, action.lower(), _error_type(decision), seconds
                )
                match action:
                    case "Deny":
                        refused.append((who, decision))
                    case "Warn":
                        request.warnings.append(
                            f"Validation failed for ValidatingAdmissionPolicy '{policy.name}' "
                            f"with binding '{bound.name}': {decision.message}"
                        )
                    case "Audit":
                        # An annotation is written once: the first failure is told.
                        request.annotations.setdefault(_FAILURE, _failure(policy, bound, decision))
        for why in outcome.failed_annotations:
            self._counts.observe("validating", policy.name, bound.name, "deny", "invalid_error", seconds)
            refused.append((who, Decision(0, why, error=True)))


def _failure(policy: ValidatingPolicy, bound: _Bound, decision: Decision) -> str:
    said = {
        "message": decision.message,
        "policy": policy.name,
        "binding": bound.name,
        "expressionIndex": decision.index,
        "validationActions": bound.binding.spec.validation_actions,
    }
    return msgspec.json.encode([said]).decode()


def _error_type(decision: Decision) -> str:
    if not decision.error:
        return "no_error"
    if decision.message.startswith("compilation"):
        return "compile_error"
    if decision.message.startswith("validation failed due to running out of cost budget"):
        return "out_of_budget"
    return "invalid_error"


def _refusal(request: AdmissionRequest, who: str, decision: Decision) -> StatusError:
    message = f"{who} denied request: {decision.message}"
    status = request.forbidden(message).status
    reason = decision.reason or "Invalid"
    details = status.details
    assert details is not None
    details = msgspec.structs.replace(details, causes=[*details.causes, StatusCause(message=message)])
    return StatusError(msgspec.structs.replace(status, reason=reason, code=_CODES.get(reason, 422), details=details))
