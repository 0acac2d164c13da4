"""What goes wrong in a command, as kubectl tells it."""

from __future__ import annotations

import urllib.parse


class CommandError(Exception):
    """A message for the person at the terminal; `code` is the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def told(error: Exception, server: str = "", doing: str = "") -> str:
    """The line a person reads for an error of the client; `doing` says what failed (`error when creating "f"`)."""
    from minik8s.client.errors import ApiError, ConnectionFailed

    if isinstance(error, ApiError):
        message = error.message
        if error.reason == "Invalid" and error.status.details is not None and error.status.details.causes:
            return _invalid(error)
        if error.reason == "Unauthorized" and not doing:
            return "error: You must be logged in to the server (Unauthorized)"
        if error.reason == "NotFound" and message == "404 page not found":
            message = "the server could not find the requested resource"
        where = f" ({error.reason})" if error.reason else ""
        return f"Error from server{where}: {doing + ': ' if doing else ''}{message}"
    if isinstance(error, ConnectionFailed):
        text = str(error)
        if "refused" in text.lower() or "connect call failed" in text.lower():
            host = urllib.parse.urlsplit(server).netloc or server
            return (
                f"The connection to the server {host} was refused - did you specify the right host or port? "
                "(minik8s status shows whether the cluster runs)"
            )
        return f"Unable to connect to the server: {text}"
    return f"error: {error}"


def _invalid(error: Exception) -> str:
    """`The Pod "x" is invalid: field: why`; several causes become a list."""
    from minik8s.client.errors import ApiError

    assert isinstance(error, ApiError) and error.status.details is not None
    details = error.status.details
    named = f'{details.kind} "{details.name}"' if details.kind else "request"
    head = f"The {named} is invalid"
    causes = list(dict.fromkeys(f"{c.field}: {c.message}" if c.field else c.message for c in details.causes))
    if len(causes) == 1:
        return f"{head}: {causes[0]}"
    return "\n* ".join([f"{head}: ", *causes])
