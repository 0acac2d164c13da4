"""Acting as somebody else."""

from __future__ import annotations

from apiserver.auth import impersonation
from apiserver.auth.errors import StatusError
from apiserver.call import NO_SNIFF, Call
from apiserver.chain.services import Services

_PREFIX = b"impersonate-"


async def impersonate(call: Call, services: Services) -> None:
    """Replace the call's user by the one its headers ask for. Raises StatusError (400, 403)."""
    if not any(name.startswith(_PREFIX) for name, _ in call.scope["headers"]):
        return
    try:
        wanted = impersonation.requested(call.scope["headers"])
        if wanted is None:
            return
        found = await services.auth.impersonation.resolve(wanted, call.attributes)
    except StatusError:
        call.extra_headers.append(NO_SNIFF)
        raise
    call.user = found.user
    if call.record is not None:
        call.record.impersonated(found.user, found.constraint)
