"""What several controllers ask of a failure."""

from __future__ import annotations

from minik8s.client.errors import ApiError


def namespace_terminates(error: BaseException) -> bool:
    """Whether the server refused because the namespace is being deleted: trying again is useless."""
    if not isinstance(error, ApiError) or error.status.details is None:
        return False
    return any(cause.reason == "NamespaceTerminating" for cause in error.status.details.causes)
