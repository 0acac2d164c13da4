"""UDP has no end of connection: entries that lead to what is gone are taken out of the connection table."""

from __future__ import annotations

import structlog

from proxy import tool
from proxy.backend import BackendError
from proxy.topology import Front

log = structlog.get_logger("proxy")


def stale(before: tuple[Front, ...], after: tuple[Front, ...]) -> list[tuple[str, ...]]:
    """The `conntrack -D` arguments for one service's change."""
    found: list[tuple[str, ...]] = []
    now = {front.key: front for front in after}
    for front in before:
        if front.protocol != "udp":
            continue
        held = now.get(front.key)
        kept = {(e.ip, e.port) for e in (*held.endpoints, *(held.inside or ()))} if held else set()
        for endpoint in sorted({*front.endpoints, *(front.inside or ())}):
            if (endpoint.ip, endpoint.port) not in kept:
                found.append((*_front(front), "--dst-nat", endpoint.ip))
    was = {front.key: front for front in before}
    for front in after:
        old = was.get(front.key)
        if front.protocol == "udp" and front.endpoints and not (old and old.endpoints):
            found.append(_front(front))
    return found


def _front(front: Front) -> tuple[str, ...]:
    address = ("--orig-dst", front.ip) if front.ip else ()
    return ("-D", "-p", "udp", *address, "--orig-port-dst", str(front.port))


async def flush(deletions: list[tuple[str, ...]]) -> None:
    """Delete the entries; nothing to delete is no error, a missing tool is said once a call."""
    for arguments in deletions:
        try:
            await tool.run("conntrack", *arguments, check=False)
        except BackendError as error:
            log.warning("cannot clean the connection table", error=str(error))
            return
