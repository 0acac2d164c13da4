"""The signing controller."""

from __future__ import annotations

from controllers.certificates import requests
from controllers.certificates.authority import Authority
from controllers.options import Options
from minik8s.api.certificates_v1 import CertificateSigningRequest, CertificateSigningRequestCondition
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time


class SigningController:
    """Signs approved requests of Kubernetes' own signers."""

    name = "certificatesigningrequest-signing-controller"

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def setup(self, ctx: ControllerContext) -> None:
        """Watch signing requests."""
        self._ctx = ctx
        self._requests: Informer[CertificateSigningRequest] = ctx.watch(CertificateSigningRequest)

    async def reconcile(self, key: str) -> float | None:
        """Sign one request."""
        held = self._requests.get(key)
        if held is None or held.status.certificate or held.spec.signer_name not in requests.SIGNERS:
            return None
        if not requests.is_approved(held):
            return None
        changed = deep_copy(held)
        try:
            found = requests.parse(held)
            requests.check(held, found)
            changed.status.certificate = self._authority.sign(held, found, self._ctx.clock.now())
        except ValueError as error:
            stamp = format_time(self._ctx.clock.now())
            failed = CertificateSigningRequestCondition(
                type="Failed",
                status="True",
                reason="SignerValidationFailure",
                message=str(error),
                last_update_time=stamp,
                last_transition_time=stamp,
            )
            changed.status.conditions.append(failed)
        try:
            await self._ctx.client.update(changed, "status")
        except NotFound:
            return None
        return None


def make(options: Options) -> SigningController | None:
    """The controller, for the catalog; None without `--cluster-signing-cert-file` and its key."""
    if not options.cluster_signing_cert_file or not options.cluster_signing_key_file:
        return None
    authority = Authority(
        options.cluster_signing_cert_file, options.cluster_signing_key_file, options.cluster_signing_duration
    )
    return SigningController(authority)
