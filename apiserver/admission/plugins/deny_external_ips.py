"""DenyServiceExternalIPs: no service may start to take traffic for addresses of its choice."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin


class DenyServiceExternalIPs(Plugin):
    """Refuses new external addresses; those a service has may stay or go."""

    NAME = "DenyServiceExternalIPs"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = (("", "services", ""),)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        had = set(request.old.spec.external_ips) if request.old is not None else set()
        if not set(request.obj.spec.external_ips) <= had:
            raise request.forbidden("Use of external IPs is denied by admission control")
