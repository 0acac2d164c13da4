"""How many requests are worked on at once. A watch holds its seat until its answer begins."""

from __future__ import annotations

from time import perf_counter

from apiserver.call import Call
from apiserver.chain.services import Services
from apiserver.fairness.gate import list_seats
from apiserver.measures.waiting import current
from apiserver.request_info import is_true


async def seat(call: Call, services: Services) -> None:
    """Take a seat, perhaps after waiting; it is given back when the call is finished. Raises StatusError (429)."""
    watching = call.info.is_resource and call.info.verb == "watch"
    if call.long_running and not (watching and services.gate.seats_watches):
        return
    began = perf_counter()
    taken = await services.gate.enter(call.attributes, _seats(call, services))
    if (waited := current.get()) is not None:
        waited.add(perf_counter() - began)
    call.on_finish.append(taken.leave)
    if watching:
        call.on_begin.append(taken.leave)
    if taken.flow_schema_uid:
        call.extra_headers.append((b"x-kubernetes-pf-flowschema-uid", taken.flow_schema_uid.encode()))
        call.extra_headers.append((b"x-kubernetes-pf-prioritylevel-uid", taken.priority_level_uid.encode()))


def _seats(call: Call, services: Services) -> int:
    # A watch that begins with what there is costs what a list costs; one with a name looks at one object.
    info = call.info
    lists = info.verb == "list" or (info.verb == "watch" and is_true(call.query.get("sendInitialEvents", "false")))
    if not lists or not info.is_resource or info.subresource or info.name:
        return 1
    return list_seats(services.stored(info.group, info.version, info.resource))
