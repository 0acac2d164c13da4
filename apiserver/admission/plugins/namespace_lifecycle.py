"""NamespaceLifecycle: nothing is made in a namespace that is not there or is going; some namespaces must stay."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import not_found
from minik8s.api.core_v1 import Namespace
from minik8s.api.meta_v1 import StatusCause

IMMORTAL = ("default", "kube-system", "kube-public")


class NamespaceLifecycle(Plugin):
    """Guards the life of namespaces."""

    NAME = "NamespaceLifecycle"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE, Operation.DELETE)

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Writes to everything but access reviews, and deletes of namespaces."""
        if (group, resource) == ("", "namespaces"):
            return operation is Operation.DELETE
        return operation in (Operation.CREATE, Operation.UPDATE) and resource != "localsubjectaccessreviews"

    async def mutate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403, 404)."""
        if request.operation is Operation.DELETE:
            if request.name in IMMORTAL:
                raise request.forbidden("this namespace may not be deleted")
            return
        if not request.namespace:
            return
        namespace = self.context.reader.get(Namespace, request.namespace)
        if namespace is None:
            namespace = await self.context.reader.fetch(Namespace, request.namespace)
            if namespace is None:
                raise not_found("", "namespaces", request.namespace)
        if request.operation is Operation.CREATE and namespace.status.phase == "Terminating":
            refusal = request.forbidden(
                f"unable to create new content in namespace {request.namespace} because it is being terminated"
            )
            assert refusal.status.details is not None
            refusal.status.details.causes = [
                StatusCause(
                    reason="NamespaceTerminating",
                    message=f"namespace {request.namespace} is being terminated",
                    field="metadata.namespace",
                )
            ]
            raise refusal
