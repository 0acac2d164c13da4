"""The approving controller: kubelets may have client certificates when RBAC says so."""

from __future__ import annotations

from controllers.certificates import requests
from controllers.options import Options
from minik8s.api.authorization_v1 import ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec
from minik8s.api.certificates_v1 import CertificateSigningRequest, CertificateSigningRequestCondition
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time

_RETRY_SECONDS = 60.0
_SELF = "Auto approving self kubelet client certificate after SubjectAccessReview."
_OTHER = "Auto approving kubelet client certificate after SubjectAccessReview."


class ApprovingController:
    """Approves client certificates of kubelets for those who may ask for them."""

    name = "certificatesigningrequest-approving-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch signing requests."""
        self._ctx = ctx
        self._requests: Informer[CertificateSigningRequest] = ctx.watch(CertificateSigningRequest)

    async def reconcile(self, key: str) -> float | None:
        """Approve one request, if it is one of those; the right to ask may come later."""
        held = self._requests.get(key)
        if held is None or held.status.certificate or held.spec.signer_name != requests.KUBELET_CLIENT:
            return None
        if any(condition.type in ("Approved", "Denied") for condition in held.status.conditions):
            return None
        if not held.spec.username and not held.spec.groups:
            return None
        try:
            found = requests.parse(held)
            requests.check_kubelet_client(found, set(held.spec.usages))
        except requests.RefusedRequest:
            return None
        common, _ = requests.names_of(found)
        tries = [("nodeclient", _OTHER)]
        if held.spec.username == common:
            tries.insert(0, ("selfnodeclient", _SELF))
        for subresource, message in tries:
            if await self._may(held, subresource):
                await self._approve(held, message)
                return None
        return _RETRY_SECONDS

    async def _may(self, held: CertificateSigningRequest, subresource: str) -> bool:
        spec = held.spec
        review = SubjectAccessReview(
            spec=SubjectAccessReviewSpec(
                user=spec.username,
                uid=spec.uid,
                groups=spec.groups,
                extra=spec.extra,
                resource_attributes=ResourceAttributes(
                    group="certificates.k8s.io",
                    resource="certificatesigningrequests",
                    verb="create",
                    subresource=subresource,
                    version="*",
                ),
            )
        )
        return (await self._ctx.client.create(review)).status.allowed

    async def _approve(self, held: CertificateSigningRequest, message: str) -> None:
        stamp = format_time(self._ctx.clock.now())
        changed = deep_copy(held)
        changed.status.conditions.append(
            CertificateSigningRequestCondition(
                type="Approved",
                status="True",
                reason="AutoApproved",
                message=message,
                last_update_time=stamp,
                last_transition_time=stamp,
            )
        )
        try:
            await self._ctx.client.update(changed, "approval")
        except NotFound:
            return


def make(options: Options) -> ApprovingController:
    """The controller, for the catalog."""
    return ApprovingController()
