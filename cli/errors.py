"""What goes wrong in a command, as kubectl tells it."""

from __future__ import annotations

import urllib.parse

from minik8s.client.errors import ApiError, ConnectionFailed


class CommandError(Exception):
    """A message for the person at the terminal; `code` is the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def told(error: Exception, server: str = "") -> str:
    """The line a person reads for an error of the client."""
    if isinstance(error, ApiError):
        if error.reason == "Invalid" and error.status.details is not None and error.status.details.causes:
            return str(error.message)
        if error.reason == "Unauthorized":
            return "error: You must be logged in to the server (Unauthorized)"
        where = f" ({error.reason})" if error.reason else ""
        return f"Error from server{where}: {error.message}"
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
