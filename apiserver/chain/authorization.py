"""Whether the request may be carried out."""

from __future__ import annotations

from time import perf_counter

from apiserver.auth.authorization.reasons import refusal
from apiserver.call import NO_SNIFF, Call
from apiserver.chain.services import Services


async def authorize(call: Call, services: Services) -> None:
    """Raises StatusError (403) unless the user may."""
    attributes = call.attributes
    began = perf_counter()
    decision = await services.auth.authorizer.authorize(attributes)
    services.access.authorized(decision, perf_counter() - began)
    if call.record is not None:
        call.record.annotate("authorization.k8s.io/decision", "allow" if decision.allowed else "forbid")
        call.record.annotate("authorization.k8s.io/reason", decision.reason)
    if not decision.allowed:
        call.extra_headers.append(NO_SNIFF)
        raise refusal(attributes, decision.reason)
