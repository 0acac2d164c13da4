"""Who sent the request."""

from __future__ import annotations

from time import perf_counter

import structlog

from apiserver.audit.record import source_ips
from apiserver.auth.authentication.union import is_spaced
from apiserver.auth.errors import unauthorized
from apiserver.auth.protocols import AuthenticationError
from apiserver.call import Call
from apiserver.chain.auditing import forwarded
from apiserver.chain.services import Services
from apiserver.measures.access import ERROR, FAILURE, SUCCESS

log = structlog.get_logger("apiserver")

_SPACED = "the provided Authorization header contains extra space before the bearer token, and is ignored"


async def authenticate(call: Call, services: Services) -> None:
    """Set the call's user. Raises StatusError (401)."""
    if is_spaced(call.header(b"authorization")):
        call.warnings.append(_SPACED)
    began = perf_counter()
    try:
        known = await services.auth.authenticator.authenticate(call.credentials)
    except AuthenticationError as error:
        services.access.authenticated(ERROR, perf_counter() - began)
        log.info("a credential was refused", reason=str(error))
        _record(call, services)
        raise unauthorized() from None
    if known is None:
        services.access.authenticated(FAILURE, perf_counter() - began)
        _record(call, services)
        raise unauthorized()
    services.access.authenticated(SUCCESS, perf_counter() - began, known.user.name)
    call.user = known.user
    call.warnings += known.warnings
    call.notes.update(known.annotations)


def _record(call: Call, services: Services) -> None:
    if services.auditor.enabled:
        services.auditor.failed_authentication(
            call.attributes,
            uri=call.uri,
            identifier=call.audit_id,
            addresses=source_ips(forwarded(call), call.peer),
            user_agent=call.header(b"user-agent"),
        )
