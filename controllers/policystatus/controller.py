"""The controller: checks each generation of a policy once."""

from __future__ import annotations

from controllers.options import Options
from controllers.policystatus.kinds import Kinds
from minik8s.api.admissionregistration_v1 import TypeChecking, ValidatingAdmissionPolicy
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.admission.type_check import check_types

_NAME = "validatingadmissionpolicy-status-controller"
_FIELD_MANAGER = "validatingadmissionpolicy-status"


class PolicyStatusController:
    """Writes `status.typeChecking` and `status.observedGeneration`."""

    name = _NAME

    def setup(self, ctx: ControllerContext) -> None:
        """Watch policies."""
        self._ctx = ctx
        self._kinds = Kinds(ctx.client)
        self._policies: Informer[ValidatingAdmissionPolicy] = ctx.watch(ValidatingAdmissionPolicy)

    async def reconcile(self, key: str) -> float | None:
        """Check one policy."""
        policy = self._policies.get_key(key)
        if policy is None or policy.metadata.generation <= policy.status.observed_generation:
            return None
        warnings = check_types(policy, await self._kinds.of(policy), await self._kinds.params(policy))
        config = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": policy.metadata.name},
            "status": {
                "observedGeneration": policy.metadata.generation,
                "typeChecking": TypeChecking(expression_warnings=warnings),
            },
        }
        try:
            await self._ctx.client.patch(
                ValidatingAdmissionPolicy,
                policy.metadata.name,
                config,
                patch_type="apply",
                subresource="status",
                field_manager=_FIELD_MANAGER,
                force=True,
            )
        except NotFound:
            return None
        return None


def make(options: Options) -> PolicyStatusController:
    """As the controller manager makes it."""
    return PolicyStatusController()
