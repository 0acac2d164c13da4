"""NamespaceExists: refuse everything in namespaces that are not there (NamespaceLifecycle does more)."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import not_found
from minik8s.api.core_v1 import Namespace


class NamespaceExists(Plugin):
    """Guards against namespaces that are not there."""

    NAME = "NamespaceExists"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE, Operation.DELETE)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (404)."""
        if not request.namespace or (request.group, request.resource) == ("", "namespaces"):
            return
        reader = self.context.reader
        if reader.get(Namespace, request.namespace) is None and (
            await reader.fetch(Namespace, request.namespace) is None
        ):
            raise not_found("", "namespaces", request.namespace)
