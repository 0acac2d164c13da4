"""Refusals with an API status: what authentication, authorization and admission raise towards the client."""

from __future__ import annotations

from collections.abc import Sequence

from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails


class StatusError(Exception):
    """A request is refused; `status` is what the client is answered."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status

    @property
    def code(self) -> int:
        """The HTTP status."""
        return self.status.code


def _failure(
    code: int,
    reason: str,
    message: str,
    *,
    group: str = "",
    kind: str = "",
    name: str = "",
    causes: Sequence[StatusCause] = (),
    retry_after_seconds: int = 0,
) -> StatusError:
    details = StatusDetails(
        name=name, group=group, kind=kind, causes=list(causes), retry_after_seconds=retry_after_seconds
    )
    return StatusError(Status(status="Failure", message=message, reason=reason, code=code, details=details))


def qualified(group: str, resource: str) -> str:
    """A resource with its group, as messages name it: `pods`, `deployments.apps`."""
    return f"{resource}.{group}" if group else resource


def unauthorized(message: str = "Unauthorized") -> StatusError:
    """401."""
    return StatusError(Status(status="Failure", message=message, reason="Unauthorized", code=401))


def forbidden(group: str, resource: str, name: str, why: str, causes: Sequence[StatusCause] = ()) -> StatusError:
    """403 about an object (or about a kind, with an empty name)."""
    if not resource:
        message = f"forbidden: {why}"
    elif name:
        message = f'{qualified(group, resource)} "{name}" is forbidden: {why}'
    else:
        message = f"{qualified(group, resource)} is forbidden: {why}"
    return _failure(403, "Forbidden", message, group=group, kind=resource, name=name, causes=causes)


def not_found(group: str, resource: str, name: str) -> StatusError:
    """404 of a named object."""
    message = f'{qualified(group, resource)} "{name}" not found'
    return _failure(404, "NotFound", message, group=group, kind=resource, name=name)


def bad_request(message: str) -> StatusError:
    """400."""
    return StatusError(Status(status="Failure", message=message, reason="BadRequest", code=400))


def conflict(group: str, resource: str, name: str, why: str) -> StatusError:
    """409 of a named object."""
    message = f'Operation cannot be fulfilled on {qualified(group, resource)} "{name}": {why}'
    return _failure(409, "Conflict", message, group=group, kind=resource, name=name)


def invalid(group: str, kind: str, name: str, causes: Sequence[StatusCause]) -> StatusError:
    """422: the object has bad fields; each cause's message is the whole field error without its path."""
    listed = [f"{c.field}: {c.message}" for c in causes]
    text = listed[0] if len(listed) == 1 else "[" + ", ".join(listed) + "]"
    message = f'{qualified(group, kind)} "{name}" is invalid: {text}'
    return _failure(422, "Invalid", message, group=group, kind=kind, name=name, causes=causes)


def too_many_requests(message: str, retry_after_seconds: int) -> StatusError:
    """429."""
    return _failure(429, "TooManyRequests", message, retry_after_seconds=retry_after_seconds)


def internal(message: str) -> StatusError:
    """500."""
    causes = [StatusCause(message=message)]
    return _failure(500, "InternalError", f"Internal error occurred: {message}", causes=causes)


def failure(message: str) -> StatusError:
    """500 as Kubernetes answers what is no API error: a message and nothing else."""
    return StatusError(Status(status="Failure", message=message, code=500))


def no_such_resource() -> StatusError:
    """404 of a resource or subresource that is not served."""
    message = "the server could not find the requested resource"
    return StatusError(Status(status="Failure", message=message, reason="NotFound", code=404, details=StatusDetails()))


def not_allowed() -> StatusError:
    """405 of a verb that the resource does not know."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(
        Status(status="Failure", message=message, reason="MethodNotAllowed", code=405, details=StatusDetails())
    )
