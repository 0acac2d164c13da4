"""Certificate signing requests: who may approve and sign for which signer, and what may never be asked for."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.authorization.signers import may_use_signer
from apiserver.auth.protocols import MASTERS
from minik8s.api.certificates_v1 import CertificateSigningRequest

GROUP = "certificates.k8s.io"
RESOURCE = "certificatesigningrequests"
CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client"


class CertificateApproval(Plugin):
    """Approving takes the right to `approve` for the signer."""

    NAME = "CertificateApproval"
    OPERATIONS = (Operation.UPDATE,)
    RESOURCES = ((GROUP, RESOURCE, "approval"),)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        old: CertificateSigningRequest = request.old
        signer = old.spec.signer_name
        if not await may_use_signer(self.context.authorizer, request.user, "approve", signer):
            raise request.forbidden(f'user not permitted to approve requests with signerName "{signer}"')


class CertificateSigning(Plugin):
    """Setting the certificate or the conditions takes the right to `sign` for the signer."""

    NAME = "CertificateSigning"
    OPERATIONS = (Operation.UPDATE,)
    RESOURCES = ((GROUP, RESOURCE, "status"),)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        old: CertificateSigningRequest = request.old
        new: CertificateSigningRequest = request.obj
        if old.status.certificate == new.status.certificate and old.status.conditions == new.status.conditions:
            return
        signer = old.spec.signer_name
        if not await may_use_signer(self.context.authorizer, request.user, "sign", signer):
            raise request.forbidden(f'user not permitted to sign requests with signerName "{signer}"')


class CertificateSubjectRestriction(Plugin):
    """Nobody gets a client certificate for system:masters this way."""

    NAME = "CertificateSubjectRestriction"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = ((GROUP, RESOURCE, ""),)

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403)."""
        asked: CertificateSigningRequest = request.obj
        if asked.spec.signer_name != CLIENT_SIGNER:
            return
        try:
            parsed = x509.load_pem_x509_csr(asked.spec.request)
        except ValueError as error:
            raise request.forbidden(f"failed to parse CSR: {error}") from error
        groups = parsed.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        if any(group.value == MASTERS for group in groups):
            raise request.forbidden(f"use of {CLIENT_SIGNER} signer with system:masters group is not allowed")
