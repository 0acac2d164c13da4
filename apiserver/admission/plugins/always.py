"""AlwaysAdmit and AlwaysDeny: one answer to everything, for experiments."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin


class AlwaysAdmit(Plugin):
    """Lets everything through."""

    NAME = "AlwaysAdmit"


class AlwaysDeny(Plugin):
    """Refuses every write."""

    NAME = "AlwaysDeny"
    OPERATIONS = tuple(Operation)

    async def validate(self, request: AdmissionRequest) -> None:
        """Refuse."""
        raise request.forbidden("admission control is denying all modifications")
