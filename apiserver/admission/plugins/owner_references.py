"""OwnerReferencesPermissionEnforcement: ownership may not be used to delete, or to block deletes, by the back door."""

from __future__ import annotations

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.protocols import Attributes, Decision
from minik8s.api.meta_v1 import OwnerReference


class OwnerReferencesPermissionEnforcement(Plugin):
    """Changing owners takes the right to delete the object; blocking an owner takes the right to its finalizers."""

    NAME = "OwnerReferencesPermissionEnforcement"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        if (request.group, request.resource, request.subresource) == ("", "pods", "status"):
            return
        new = _owners(request.obj)
        old = _owners(request.old)
        if new == old:
            return
        authorizer = self.context.authorizer
        if request.operation is not Operation.CREATE:
            decision = await authorizer.authorize(
                Attributes(
                    request.user,
                    "delete",
                    request.namespace,
                    request.group,
                    request.version,
                    request.resource,
                    request.subresource,
                    request.name,
                )
            )
            if not decision.allowed:
                raise request.forbidden(f"cannot set an ownerRef on a resource you can't delete: {_told(decision)}")
        blocking = _newly_blocking(new, old)
        if not blocking:
            return
        anything = Attributes(request.user, "update", "", "*", "*", "*", "finalizers", "*")
        if (await authorizer.authorize(anything)).allowed:
            return
        for reference in blocking:
            decision = await authorizer.authorize(self._finalizers(request, reference))
            if not decision.allowed:
                raise request.forbidden(
                    "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set "
                    f"finalizers on: {_told(decision)}"
                )

    def _finalizers(self, request: AdmissionRequest, reference: OwnerReference) -> Attributes:
        found = self.context.resource_of(reference.api_version, reference.kind)
        if found is None:
            raise request.forbidden(
                "cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion "
                f'{reference.api_version} Kind {reference.kind}: no matches for kind "{reference.kind}" in version '
                f'"{reference.api_version}"'
            )
        group, resource = found
        version = reference.api_version.rpartition("/")[2]
        namespace = "" if (group, resource) in (("", "nodes"), ("", "namespaces")) else request.namespace
        return Attributes(request.user, "update", namespace, group, version, resource, "finalizers", reference.name)


def _owners(obj: object) -> list[OwnerReference]:
    metadata = getattr(obj, "metadata", None)
    return list(metadata.owner_references) if metadata is not None else []


def _newly_blocking(new: list[OwnerReference], old: list[OwnerReference]) -> list[OwnerReference]:
    blocked = {reference.uid for reference in old if reference.block_owner_deletion}
    return [reference for reference in new if reference.block_owner_deletion and reference.uid not in blocked]


def _told(decision: Decision) -> str:
    return f"{decision.reason}, {decision.error or '<nil>'}"
