"""What is written down about the request: begun here, ended by `Call.finish`."""

from __future__ import annotations

from apiserver.audit.event import COMPLETE, STARTED
from apiserver.audit.record import source_ips
from apiserver.call import Call
from apiserver.chain.services import Services
from minik8s.api.meta_v1 import Status

_ADDRESS_HEADERS = (b"x-forwarded-for", b"x-real-ip")


def forwarded(call: Call) -> dict[str, str]:
    """The headers that say where a request comes from."""
    return {name.decode(): call.header(name) for name in _ADDRESS_HEADERS}


async def audit(call: Call, services: Services) -> None:
    """Begin the call's record, where a policy wants one."""
    auditor = services.auditor
    if not auditor.enabled:
        return
    record = auditor.begin(
        call.attributes,
        uri=call.uri,
        identifier=call.audit_id,
        addresses=source_ips(forwarded(call), call.peer),
        user_agent=call.header(b"user-agent"),
    )
    if not record.enabled:
        return
    call.record = record
    record.annotate_all(call.notes)

    def stage(name: str) -> None:
        record.annotate_all(call.notes)
        record.responded(call.code, call.failure)
        record.stage(name)

    def finish() -> None:
        if not call.code:
            # The client left before there was an answer.
            call.code, call.failure = 200, Status(status="Success", message="Connection closed early")
            if call.long_running:
                stage(STARTED)
        stage(COMPLETE)

    if call.long_running:
        call.on_begin.append(lambda: stage(STARTED))
    call.on_finish.append(finish)
