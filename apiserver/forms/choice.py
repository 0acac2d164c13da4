"""Which form a request is answered in, by its Accept header, its query and who asks."""

from __future__ import annotations

from apiserver.call import Call
from apiserver.negotiation import PLAIN, negotiate


def choose_output(call: Call, *, transforms: bool = True, protobuf: bool = True, routed: bool = True) -> None:
    """Note on a call how it is answered. Raises StatusError (406)."""
    accept = call.header(b"accept")
    verb = call.info.verb
    output = PLAIN
    if accept:
        output = negotiate(
            accept,
            collection=verb in ("list", "watch"),
            watching=verb == "watch",
            transforms=transforms,
            protobuf=protobuf,
            routed=routed,
        )
    call.output = call.prettied(output)
