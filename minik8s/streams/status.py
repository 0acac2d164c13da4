"""The Status that ends an exec or attach stream."""

from __future__ import annotations

from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails


def success() -> Status:
    """The command ended with 0, or the attached container ended."""
    return Status(status="Success")


def exited(code: int, command: str) -> Status:
    """The command ended with another code; `command` is only for the message."""
    if code == 0:
        return success()
    message = f"command terminated with non-zero exit code: error executing command [{command}], exit code {code}"
    causes = [StatusCause(reason="ExitCode", message=str(code))]
    details = StatusDetails(causes=causes)
    return Status(status="Failure", reason="NonZeroExitCode", message=message, details=details)


def failed(what: str) -> Status:
    """It could not be run."""
    message = f"Internal error occurred: {what}"
    details = StatusDetails(causes=[StatusCause(message=what)])
    return Status(status="Failure", reason="InternalError", message=message, details=details, code=500)
