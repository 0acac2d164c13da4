"""A request and its answer as they cross the channel."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.auth.protocols import User
from apiserver.call import Call
from minik8s.api.meta_v1 import Status

Headers = list[tuple[bytes, bytes]]


# What says who asks stays with the server.
_OWN = frozenset({b"audit-id", b"authorization", b"cookie"})


class Asked(msgspec.Struct, array_like=True):
    """A request whose sender is known and may do what it asks.

    `key` is that of its object where the store holds that in another form than it would be written today.
    """

    method: str
    raw_path: bytes
    query: bytes
    headers: Headers
    body: bytes
    user: User
    extra_headers: Headers
    warnings: list[str]
    notes: dict[str, str]
    records: bool
    wants_request: bool
    wants_response: bool
    key: str = ""


class Answered(msgspec.Struct, array_like=True):
    """The answer, and what the request's record is told: (method, arguments) of `Record`, in order.

    `waited` is how many seconds went to others, as webhooks; `slow` whether it would have been slow elsewhere too.
    """

    status: int
    headers: Headers
    body: bytes
    failure: Status | None
    notes: dict[str, str]
    record: list[tuple[str, dict[str, Any]]]
    waited: float
    slow: bool


_BYTES = msgspec.msgpack.Encoder()
_asked = msgspec.msgpack.Decoder(Asked)
_answered = msgspec.msgpack.Decoder(Answered)


def encode(message: Asked | Answered) -> bytes:
    """The message as bytes."""
    return _BYTES.encode(message)


def asked(data: bytes) -> Asked:
    """The request in bytes."""
    return _asked.decode(data)


def answered(data: bytes) -> Answered:
    """The answer in bytes."""
    return _answered.decode(data)


def question(call: Call, body: bytes, key: str) -> Asked:
    """A request of this server as the worker gets it."""
    record = call.record
    return Asked(
        method=call.scope["method"],
        raw_path=call.scope["raw_path"],
        query=call.scope["query_string"],
        headers=[
            *(each for each in call.scope["headers"] if each[0] not in _OWN),
            (b"audit-id", call.audit_id.encode("latin-1")),
        ],
        body=body,
        user=call.user,
        extra_headers=call.extra_headers,
        warnings=call.warnings,
        notes=call.notes,
        records=record is not None,
        wants_request=record is not None and record.wants_request,
        wants_response=record is not None and record.wants_response,
        key=key,
    )


class Notes:
    """Takes what a `Record` is told, to tell it elsewhere."""

    def __init__(self, *, wants_request: bool, wants_response: bool) -> None:
        self.wants_request = wants_request
        self.wants_response = wants_response
        self.enabled = True
        self.told: list[tuple[str, dict[str, Any]]] = []

    def about(self, *, namespace: str = "", name: str = "", uid: str = "", resource_version: str = "") -> None:
        """See Record."""
        told = {"namespace": namespace, "name": name, "uid": uid, "resource_version": resource_version}
        self.told.append(("about", told))

    def annotate(self, key: str, value: str) -> None:
        """See Record."""
        self.told.append(("annotate", {"key": key, "value": value}))

    def request_object(self, body: bytes) -> None:
        """See Record."""
        if self.wants_request:
            self.told.append(("request_object", {"body": bytes(body)}))

    def request_patch(self, body: bytes) -> None:
        """See Record."""
        if self.wants_request:
            self.told.append(("request_patch", {"body": bytes(body)}))

    def response_object(self, body: bytes) -> None:
        """See Record; a Status is told by the answer's failure."""
        if self.wants_response:
            self.told.append(("response_object", {"body": bytes(body)}))


def as_seen_by_worker(message: Asked) -> dict[str, Any]:
    """The ASGI scope of a request that came over the channel."""
    return {
        "type": "http",
        "method": message.method,
        "raw_path": message.raw_path,
        "query_string": message.query,
        "headers": message.headers,
        "state": {},
    }


__all__ = ["Answered", "Asked", "Notes", "answered", "as_seen_by_worker", "asked", "encode", "question"]
