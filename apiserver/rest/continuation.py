"""Continue tokens: where the next page of a list begins, and of which version it is."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

import msgspec

from apiserver.auth.errors import StatusError, bad_request
from apiserver.registry.go_json_errors import json_object_problem
from minik8s.api.meta_v1 import Status
from minik8s.api.object_meta import ListMeta

_VERSION = "meta.k8s.io/v1"
LATEST = -1
"""The version of a token that goes on with whatever is there now."""

_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the continue parameter, or use the continue token in this response to retrieve the remainder of the "
    "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
    "modified, or deleted between the time the first chunk was returned and now may show up in the list."
)


class _Token(msgspec.Struct):
    v: str = ""
    rv: int = 0
    start: str = ""


class Continuation(NamedTuple):
    """`start` is the first key wanted, below the prefix that is listed."""

    revision: int
    start: str


def encode(revision: int, start: str) -> str:
    """A token."""
    token = msgspec.json.encode(_Token(_VERSION, revision, start))
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def _invalid(why: str) -> StatusError:
    return bad_request(f"invalid continue token: continue key is not valid: {why}")


def decode(text: str) -> Continuation:
    """What a token says. Raises StatusError (400)."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        at = next((i for i, c in enumerate(text) if not (c.isascii() and (c.isalnum() or c in "-_"))), len(text) - 1)
        raise _invalid(f"illegal base64 data at input byte {max(at, 0)}") from None
    try:
        token = msgspec.json.decode(raw, type=_Token)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _invalid(_go_problem(raw) or str(error)) from None
    if token.v != _VERSION:
        raise _invalid(f"server does not recognize this encoded version {token.v}")
    if token.rv == 0:
        raise _invalid("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
    if not token.start:
        raise _invalid("encoded start key empty (version meta.k8s.io/v1)")
    if ".." in token.start.split("/"):
        raise _invalid(token.start)
    return Continuation(token.rv, token.start)


def _go_problem(raw: bytes) -> str:
    # Go shows a byte that is no ASCII as the code point of that number.
    if raw and 0x80 <= raw[0] < 0xA0:
        return f"invalid character '\\u{raw[0]:04x}' looking for beginning of value"
    return json_object_problem(raw)


def expired(token: str = "") -> StatusError:
    """410 of a version that is no longer kept; with a token, a new one that goes on without consistency."""
    if not token:
        message = "The resourceVersion for the provided list is too old."
        return StatusError(Status(status="Failure", message=message, reason="Expired", code=410))
    metadata = ListMeta(continue_=token)
    return StatusError(Status(metadata=metadata, status="Failure", message=_TOO_OLD, reason="Expired", code=410))
