"""What an API server answers when it refuses, one class per reason worth telling apart."""

from __future__ import annotations

import http
from typing import ClassVar

import msgspec

from minik8s.api.meta_v1 import Status, StatusDetails


class ApiError(Exception):
    """The server answered with a failure; `status` is what it said.

    `code` is the HTTP status, `reason` the machine-readable word, `message` the sentence for people.
    """

    REASON: ClassVar[str] = ""
    CODE: ClassVar[int] = 500

    def __init__(self, status: Status | str) -> None:
        if isinstance(status, str):
            status = Status(status="Failure", message=status, reason=self.REASON, code=self.CODE)
        super().__init__(status.message)
        self.status = status

    @property
    def code(self) -> int:
        """The HTTP status code."""
        return self.status.code

    @property
    def reason(self) -> str:
        """Kubernetes' one-word reason, such as `NotFound`; may be empty."""
        return self.status.reason

    @property
    def message(self) -> str:
        """What went wrong, for people."""
        return self.status.message

    @property
    def retry_after(self) -> int:
        """Seconds after which the server suggests to try again; 0 when it does not."""
        return self.status.details.retry_after_seconds if self.status.details else 0


class BadRequest(ApiError):
    """400: the request makes no sense to the server."""

    REASON, CODE = "BadRequest", 400


class Unauthorized(ApiError):
    """401: the server does not know who asks."""

    REASON, CODE = "Unauthorized", 401


class Forbidden(ApiError):
    """403: known, but not allowed (or refused by admission)."""

    REASON, CODE = "Forbidden", 403


class NotFound(ApiError):
    """404: no such object or resource."""

    REASON, CODE = "NotFound", 404


class MethodNotAllowed(ApiError):
    """405: the resource has no such verb."""

    REASON, CODE = "MethodNotAllowed", 405


class AlreadyExists(ApiError):
    """409: an object of that name is there."""

    REASON, CODE = "AlreadyExists", 409


class Conflict(ApiError):
    """409: the object changed since it was read, or a precondition failed."""

    REASON, CODE = "Conflict", 409


class Expired(ApiError):
    """410: the resource version or continue token is too old; list again."""

    REASON, CODE = "Expired", 410


class UnsupportedMediaType(ApiError):
    """415: the server does not take that kind of body or patch."""

    REASON, CODE = "UnsupportedMediaType", 415


class Invalid(ApiError):
    """422: the object breaks a rule; `status.details.causes` has the fields."""

    REASON, CODE = "Invalid", 422


class TooManyRequests(ApiError):
    """429: asked too fast, or an eviction that a disruption budget forbids now."""

    REASON, CODE = "TooManyRequests", 429


class InternalError(ApiError):
    """500: something broke in the server."""

    REASON, CODE = "InternalError", 500


class ServiceUnavailable(ApiError):
    """503: the server, or one behind it, does not serve now."""

    REASON, CODE = "ServiceUnavailable", 503


class ServerTimeout(ApiError):
    """504 (or 500 with reason ServerTimeout): not done in time; it may have happened or not."""

    REASON, CODE = "Timeout", 504


class ConnectionFailed(Exception):
    """No answer came: nobody listens there, the name is unknown, TLS failed, or the connection broke."""


_CLASSES: tuple[type[ApiError], ...] = (
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    AlreadyExists,
    Conflict,
    Expired,
    UnsupportedMediaType,
    Invalid,
    TooManyRequests,
    InternalError,
    ServiceUnavailable,
    ServerTimeout,
)
_BY_REASON: dict[str, type[ApiError]] = {c.REASON: c for c in _CLASSES} | {
    "Gone": Expired,
    "ServerTimeout": ServerTimeout,
}
_BY_CODE: dict[int, type[ApiError]] = {c.CODE: c for c in _CLASSES} | {409: Conflict}


def from_status(status: Status) -> ApiError:
    """The exception that stands for a failure `Status`: by its reason, else by its code."""
    found = _BY_REASON.get(status.reason) or _BY_CODE.get(status.code) or ApiError
    return found(status)


def from_response(code: int, body: bytes, retry_after: str = "") -> ApiError:
    """The exception for an HTTP answer; a body that is no `Status` (a proxy's page) becomes the message."""
    try:
        status = msgspec.json.decode(body, type=Status)
        if status.kind != "Status" or not (status.message or status.reason or status.code):
            raise ValueError("not a Status")
    except (ValueError, msgspec.MsgspecError):
        text = body.decode(errors="replace").strip()
        named = _BY_CODE.get(code, ApiError)
        if not text:
            known = code in http.HTTPStatus._value2member_map_
            text = http.HTTPStatus(code).phrase if known else f"the server answered with status {code}"
        status = Status(status="Failure", message=text[:4096], reason=named.REASON)
    status.code = status.code or code
    if retry_after.isdigit() and not (status.details and status.details.retry_after_seconds):
        status.details = status.details or StatusDetails()
        status.details.retry_after_seconds = int(retry_after)
    return from_status(status)
