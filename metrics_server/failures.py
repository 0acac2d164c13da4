"""What callers read when there is nothing for them, as Kubernetes words it."""

from __future__ import annotations

import msgspec
from aiohttp import web

from minik8s.api.meta_v1 import Status, StatusDetails
from minik8s.client.errors import ApiError, BadRequest, Forbidden, MethodNotAllowed, NotFound, Unauthorized
from minik8s.daemon.delegated import Attributes, Denied
from minik8s.daemon.tls import User
from minik8s.machinery.quoting import quote


class Refused(Denied):
    """A caller is turned away with a Status of the API."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(error.code, error.message)
        self.error = error


def not_found(group: str, kind: str, name: str) -> NotFound:
    """No such object; `kind` is what it is called in the sentence."""
    return NotFound(_status(NotFound, f'{_qualified(group, kind)} "{name}" not found', group, kind, name))


def no_such_path() -> NotFound:
    """Nothing is served there."""
    return NotFound(_status(NotFound, "the server could not find the requested resource"))


def not_allowed() -> MethodNotAllowed:
    """Metrics are only read."""
    message = "the server does not allow this method on the requested resource"
    return MethodNotAllowed(_status(MethodNotAllowed, message))


def bad_request(message: str) -> BadRequest:
    """The request makes no sense."""
    return BadRequest(_status(BadRequest, message))


def not_acceptable(message: str) -> ApiError:
    """The answer has no form the caller takes."""
    return ApiError(Status(status="Failure", message=message, reason="NotAcceptable", code=406))


def refused(denied: Denied, user: User | None, asked: Attributes) -> Refused:
    """What authentication or authorization said, as an answer of the API."""
    if denied.code != 403 or user is None:
        return Refused(Unauthorized(_status(Unauthorized, denied.message)) if denied.code == 401 else _broken(denied))
    who = f"User {quote(user.name)} cannot {asked.verb}"
    if not asked.resource:
        return Refused(Forbidden(_status(Forbidden, f"forbidden: {who} path {quote(asked.path)}")))
    where = f"in the namespace {quote(asked.namespace)}" if asked.namespace else "at the cluster scope"
    named = f' "{asked.name}"' if asked.name else ""
    message = (
        f"{_qualified(asked.group, asked.resource)}{named} is forbidden: {who} resource {quote(asked.resource)} "
        f"in API group {quote(asked.group)} {where}"
    )
    return Refused(Forbidden(_status(Forbidden, message, asked.group, asked.resource, asked.name)))


def answer(error: ApiError) -> web.Response:
    """A failure on the wire."""
    return web.Response(status=error.code, body=msgspec.json.encode(error.status), content_type="application/json")


def answer_refusal(denied: Denied) -> web.Response:
    """As `answer`, for those turned away."""
    return answer(denied.error if isinstance(denied, Refused) else _broken(denied))


def _broken(denied: Denied) -> ApiError:
    message = denied.message
    return ApiError(Status(status="Failure", message=message, reason="InternalError", code=denied.code))


def _qualified(group: str, kind: str) -> str:
    return f"{kind}.{group}" if group else kind


def _status(of: type[ApiError], message: str, group: str = "", kind: str = "", name: str = "") -> Status:
    details = StatusDetails(name=name, group=group, kind=kind) if kind else None
    return Status(status="Failure", message=message, reason=of.REASON, details=details, code=of.CODE)
