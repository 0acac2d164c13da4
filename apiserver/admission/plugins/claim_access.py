"""Who may ask for devices as an administrator, and who may say what a claim was given and how its devices are."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.authorization.reasons import refusal
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Attributes
from apiserver.registry.errors import Errors
from apiserver.registry.resource.claim_status import device_id
from minik8s.api.core_v1 import Namespace
from minik8s.api.resource_v1 import (
    AllocationResult,
    DeviceRequest,
    DeviceRequestAllocationResult,
    ResourceClaim,
    ResourceClaimStatus,
    ResourceClaimTemplate,
)
from minik8s.machinery.field_errors import to_status

GROUP = "resource.k8s.io"
ADMIN_LABEL = "resource.kubernetes.io/admin-access"
_CLAIMS, _TEMPLATES = "resourceclaims", "resourceclaimtemplates"
_NODE_NAME = "authentication.kubernetes.io/node-name"
_ACCOUNT = "system:serviceaccount:"
_NO_LABEL = f"admin access to devices requires the `{ADMIN_LABEL}: true` label on the containing namespace"


class ClaimAccess(Plugin):
    """Part of how claims are validated; a plugin as it looks at the namespace and asks the authorizer."""

    NAME = "ResourceClaimAccess"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = ((GROUP, _CLAIMS, ""), (GROUP, _TEMPLATES, ""), (GROUP, _CLAIMS, "status"))

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (422)."""
        errors = Errors()
        if request.subresource:
            await self._status(request, request.obj, request.old, errors)
        elif request.operation is Operation.CREATE:
            obj: ResourceClaim | ResourceClaimTemplate = request.obj
            spec = obj.spec if isinstance(obj, ResourceClaim) else obj.spec.spec
            await self._admin(request, _asked(spec.devices.requests), errors)
        if errors:
            kind = "ResourceClaimTemplate" if request.resource == _TEMPLATES else "ResourceClaim"
            raise StatusError(to_status(kind, request.object_name, errors, GROUP))

    async def _admin(self, request: AdmissionRequest, path: str, errors: Errors) -> None:
        """Add what is wrong with asking for everything, at `path`, "" if nobody does."""
        if not path:
            return
        namespace = await self.context.reader.fetch(Namespace, request.namespace)
        if namespace is None:
            why = f'namespaces "{request.namespace}" not found'
            errors.internal(path, f"could not retrieve namespace to verify admin access: {why}")
        elif namespace.metadata.labels.get(ADMIN_LABEL) != "true":
            errors.forbidden(path, _NO_LABEL)

    async def _status(self, request: AdmissionRequest, new: ResourceClaim, old: ResourceClaim, errors: Errors) -> None:
        mine, theirs = new.status, old.status
        if not _granted(theirs.allocation):
            await self._admin(request, _granted(mine.allocation), errors)
        if mine.allocation != theirs.allocation or mine.reserved_for != theirs.reserved_for:
            await self._binding(request, errors)
        if mine.allocation is not None:
            await self._devices(request, mine, theirs, errors)

    async def _binding(self, request: AdmissionRequest, errors: Errors) -> None:
        verb = request.verb
        # Whoever gives out devices does so in all namespaces.
        asked = Attributes(request.user, verb, "", GROUP, request.version, _CLAIMS, "binding")
        if why := await self._refusal(asked):
            errors.forbidden(
                "status.allocation",
                "changing status.allocation or status.reservedFor requires "
                f'resource="resourceclaims/binding", verb="{verb}" permission: {why}',
            )

    async def _devices(
        self, request: AdmissionRequest, new: ResourceClaimStatus, old: ResourceClaimStatus, errors: Errors
    ) -> None:
        verbs = ["arbitrary-node:" + request.verb]
        if _is_on(request, _node_of(new.allocation)):
            verbs.insert(0, "associated-node:" + request.verb)
        for driver in sorted(_changed_drivers(new, old)):
            first = ""
            for verb in verbs:
                asked = Attributes(
                    request.user, verb, request.namespace, GROUP, request.version, _CLAIMS, "driver", driver
                )
                why = await self._refusal(asked)
                if not why:
                    break
                first = first or why
            else:
                errors.forbidden(
                    "status.devices",
                    f'changing status.devices requires resource="resourceclaims/driver", verb="[{" ".join(verbs)}]" '
                    f"permission: {first}",
                )

    async def _refusal(self, asked: Attributes) -> str:
        decision = await self.context.authorizer.authorize(asked)
        return "" if decision.allowed else refusal(asked, decision.reason).status.message


def _asked(requests: Sequence[DeviceRequest]) -> str:
    for index, each in enumerate(requests):
        if each.exactly is not None and each.exactly.admin_access:
            return f"spec.devices.requests[{index}].adminAccess"
    return ""


def _granted(allocation: AllocationResult | None) -> str:
    results: Sequence[DeviceRequestAllocationResult] = allocation.devices.results if allocation is not None else ()
    for index, each in enumerate(results):
        if each.admin_access:
            return f"status.allocation.devices.results[{index}].adminAccess"
    return ""


def _changed_drivers(new: ResourceClaimStatus, old: ResourceClaimStatus) -> set[str]:
    before = {device_id(each): msgspec.json.encode(each) for each in old.devices}
    after = {device_id(each): msgspec.json.encode(each) for each in new.devices}
    changed = before.keys() ^ after.keys() | {key for key in before.keys() & after.keys() if before[key] != after[key]}
    return {driver for driver, *_ in changed}


def _node_of(allocation: AllocationResult | None) -> str:
    """The node a claim was allocated on, "" if it is not exactly one."""
    selector = allocation.node_selector if allocation is not None else None
    if selector is None or len(selector.node_selector_terms) != 1:
        return ""
    term = selector.node_selector_terms[0]
    if term.match_expressions or len(term.match_fields) != 1:
        return ""
    field = term.match_fields[0]
    if (field.key, field.operator) != ("metadata.name", "In") or len(field.values) != 1:
        return ""
    return field.values[0]


def _is_on(request: AdmissionRequest, node: str) -> bool:
    """Whether a service account asks from a pod on that node."""
    user = request.user
    return bool(node) and user.name.startswith(_ACCOUNT) and user.extra.get(_NODE_NAME, ()) == (node,)
