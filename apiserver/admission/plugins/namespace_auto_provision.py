"""NamespaceAutoProvision: make the namespace that a new object names."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import StatusError
from minik8s.api.core_v1 import Namespace
from minik8s.api.meta_v1 import ObjectMeta


class NamespaceAutoProvision(Plugin):
    """Creates missing namespaces."""

    NAME = "NamespaceAutoProvision"
    OPERATIONS = (Operation.CREATE,)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Create the namespace unless it is there or this is a dry run."""
        if request.dry_run or not request.namespace or (request.group, request.resource) == ("", "namespaces"):
            return
        if self.context.reader.get(Namespace, request.namespace) is not None:
            return
        try:
            await self.context.writer.create(Namespace(metadata=ObjectMeta(name=request.namespace)))
        except StatusError as error:
            if error.code != 409:
                raise
