"""How many requests are worked on at once. A watch holds its seat until its answer begins."""

from __future__ import annotations

from time import perf_counter

from apiserver.call import Call
from apiserver.chain.services import Services
from apiserver.measures.waiting import current


async def seat(call: Call, services: Services) -> None:
    """Take a seat, perhaps after waiting; it is given back when the call is finished. Raises StatusError (429)."""
    watching = call.info.is_resource and call.info.verb == "watch"
    if call.long_running and not (watching and services.gate.seats_watches):
        return
    began = perf_counter()
    taken = await services.gate.enter(call.attributes)
    if (waited := current.get()) is not None:
        waited.add(perf_counter() - began)
    call.on_finish.append(taken.leave)
    if watching:
        call.on_begin.append(taken.leave)
    if taken.flow_schema_uid:
        call.extra_headers.append((b"x-kubernetes-pf-flowschema-uid", taken.flow_schema_uid.encode()))
        call.extra_headers.append((b"x-kubernetes-pf-prioritylevel-uid", taken.priority_level_uid.encode()))
