"""Which version of a collection or object a reader asks for."""

from __future__ import annotations

import enum
from typing import NamedTuple

from apiserver.auth.errors import StatusError, bad_request
from apiserver.call import Call
from apiserver.registry.errors import Errors
from apiserver.request_info import is_true
from apiserver.rest.options import invalid_options
from apiserver.storage.cacher import Cacher, NotCaughtUp
from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails

EXACT, NOT_OLDER_THAN = "Exact", "NotOlderThan"


class Freshness(enum.Enum):
    """How new what is read must be."""

    LATEST = "latest"
    ANY = "any"
    AT_LEAST = "at least"
    EXACTLY = "exactly"


class Wanted(NamedTuple):
    """A version and how it is meant; `revision` is 0 where it does not matter."""

    freshness: Freshness
    revision: int = 0


LATEST = Wanted(Freshness.LATEST)


def too_large(wanted: int, current: int, *, retry_seconds: int = 1) -> StatusError:
    """504: a resource version that is not there yet."""
    details = StatusDetails(
        causes=[StatusCause(reason="ResourceVersionTooLarge", message="Too large resource version")],
        retry_after_seconds=retry_seconds,
    )
    message = f"Timeout: Too large resource version: {wanted}, current: {current}"
    return StatusError(Status(status="Failure", message=message, reason="Timeout", code=504, details=details))


def parsed(text: str) -> int:
    """A resource version as a number, 0 for none. Raises ValueError in Go's words."""
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f'strconv.ParseUint: parsing "{text}": invalid syntax')
    number = int(text)
    if number >= 2**64:
        raise ValueError(f'strconv.ParseUint: parsing "{text}": value out of range')
    return number


def asked_version(call: Call) -> int | None:
    """The resource version of the query, None without one. Raises StatusError (400)."""
    text = call.query.get("resourceVersion", "")
    if not text:
        return None
    try:
        return parsed(text)
    except ValueError as error:
        raise bad_request(f"invalid resource version: {_unreadable(text, error)}") from None


def _unreadable(text: str, error: ValueError) -> str:
    return f'resourceVersion: Invalid value: "{text}": {error}'


def wanted_of_get(call: Call) -> Wanted:
    """What a GET asks for. Raises StatusError (500 of a version that is none, as Kubernetes has it)."""
    if not call.query or not (text := call.query.get("resourceVersion", "")):
        return LATEST
    try:
        version = parsed(text)
    except ValueError as error:
        raise StatusError(Status(status="Failure", message=_unreadable(text, error), code=500)) from None
    return Wanted(Freshness.AT_LEAST, version) if version else Wanted(Freshness.ANY)


def wanted_of_list(call: Call, limit: int) -> Wanted:
    """What a LIST asks for. Raises StatusError (400, 422)."""
    if not call.query:
        return LATEST
    query = call.query
    match, text = query.get("resourceVersionMatch", ""), query.get("resourceVersion", "")
    errors = Errors()
    if match:
        if not text:
            errors.forbidden(
                "resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"
            )
        if query.get("continue"):
            errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
        if match not in (EXACT, NOT_OLDER_THAN):
            errors.not_supported("resourceVersionMatch", match, (EXACT, NOT_OLDER_THAN, ""))
        if match == EXACT and text == "0":
            errors.forbidden(
                "resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
            )
    if query.get("sendInitialEvents"):
        errors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")
    if errors:
        raise invalid_options("ListOptions", errors)
    version = asked_version(call)
    if version is None:
        return LATEST
    if not version:
        return Wanted(Freshness.ANY)
    # A page of a version that was named is that very version, unless the reader says otherwise.
    exact = match == EXACT or (not match and limit > 0)
    return Wanted(Freshness.EXACTLY if exact else Freshness.AT_LEAST, version)


class WatchStart(NamedTuple):
    """Where a watch begins: `initial` sends what is there first, `marked` with a bookmark behind it."""

    wanted: Wanted
    initial: bool
    marked: bool


def wanted_of_watch(call: Call) -> WatchStart:
    """What a WATCH asks for. Raises StatusError (422, 500)."""
    query = call.query
    match = query.get("resourceVersionMatch", "")
    send = is_true(query["sendInitialEvents"]) if query.get("sendInitialEvents") else None
    errors = Errors()
    if send is not None and match != NOT_OLDER_THAN:
        errors.forbidden(
            "resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        )
    if match:
        if send is None:
            errors.forbidden(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            )
        if match != NOT_OLDER_THAN:
            errors.not_supported("resourceVersionMatch", match, (NOT_OLDER_THAN,))
        if query.get("continue"):
            errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
    text = query.get("resourceVersion", "")
    if query.get("continue") and not match and send is None and text in ("", "0"):
        # A watch that begins with what is there is taken for one that asks for initial events.
        errors.forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")
    if errors:
        raise invalid_options("ListOptions", errors)
    try:
        version = parsed(text)
    except ValueError as error:
        message = f'resourceVersion: Invalid value: "{text}": {error}'
        raise StatusError(Status(status="Failure", message=message, code=500)) from None
    if not text:
        wanted = LATEST
    elif not version:
        wanted = Wanted(Freshness.ANY)
    else:
        wanted = Wanted(Freshness.AT_LEAST, version)
    if send is None:
        return WatchStart(wanted, initial=not version, marked=False)
    return WatchStart(wanted, initial=send, marked=send)


async def catch_up(wanted: Wanted, cacher: Cacher) -> None:
    """Wait until the cache shows what is asked for. Raises StatusError (504)."""
    try:
        if wanted.freshness is Freshness.LATEST:
            await cacher.fresh()
        elif wanted.revision > cacher.revision:
            await cacher.wait_for(wanted.revision)
    except NotCaughtUp as error:
        raise too_large(error.wanted, error.current) from None
