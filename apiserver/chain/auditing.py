"""What is written down about the request: begun here, ended by `Call.finish`."""

from __future__ import annotations

from apiserver.audit.event import COMPLETE
from apiserver.audit.record import source_ips
from apiserver.call import Call
from apiserver.chain.services import Services

_ADDRESS_HEADERS = (b"x-forwarded-for", b"x-real-ip")


async def audit(call: Call, services: Services) -> None:
    """Begin the call's record, where a policy wants one."""
    auditor = services.auditor
    if not auditor.enabled:
        return
    headers = {name.decode(): call.header(name) for name in _ADDRESS_HEADERS}
    record = auditor.begin(
        call.attributes,
        uri=call.uri,
        identifier=call.audit_id,
        addresses=source_ips(headers, call.peer),
        user_agent=call.header(b"user-agent"),
    )
    if not record.enabled:
        return
    call.record = record
    record.annotate_all(call.notes)

    def finish() -> None:
        record.annotate_all(call.notes)
        record.responded(call.code, call.failure)
        record.stage(COMPLETE)

    call.on_finish.append(finish)
