"""CertificateSigningRequests: who asks for a certificate, who allows it, and who signs."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from apiserver.registry import formats
from apiserver.registry.certificates.changes import validate_change
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.signer_names import validate_signer_name
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api.certificates_v1 import (
    CertificateSigningRequest,
    CertificateSigningRequestCondition,
    CertificateSigningRequestStatus,
)

_BEGIN = b"-----BEGIN CERTIFICATE REQUEST-----"
_LEGACY = "kubernetes.io/legacy-unknown"
_SHORTEST = 600
_USAGES = (
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
)
_FINAL = ("Approved", "Denied", "Failed")
_STATUSES = ("False", "True", "Unknown")


def _request_problem(request: bytes) -> str:
    if _BEGIN not in request:
        return "PEM block type must be CERTIFICATE REQUEST"
    try:
        x509.load_pem_x509_csr(request)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        return f"x509: {error}"
    return ""


def _validate_spec(obj: CertificateSigningRequest, errors: Errors) -> None:
    spec = obj.spec
    if problem := _request_problem(spec.request):
        errors.invalid("spec.request", spec.request or None, problem)
    if not spec.usages:
        errors.required("spec.usages")
    for index, usage in enumerate(spec.usages):
        if usage not in _USAGES:
            errors.not_supported(f"spec.usages[{index}]", usage, _USAGES)
    for index, usage in enumerate(spec.usages):
        if usage in spec.usages[:index]:
            errors.duplicate(f"spec.usages[{index}]", usage)
    if spec.signer_name == _LEGACY:
        errors.invalid("spec.signerName", spec.signer_name, "the legacy signerName is not allowed via this API version")
    else:
        validate_signer_name(spec.signer_name, "spec.signerName", errors)
    if spec.expiration_seconds is not None and spec.expiration_seconds < _SHORTEST:
        errors.invalid(
            "spec.expirationSeconds",
            spec.expiration_seconds,
            "may not specify a duration less than 600 seconds (10 minutes)",
        )


def _validate_conditions(conditions: list[CertificateSigningRequestCondition], errors: Errors) -> None:
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        path = f"status.conditions[{index}]"
        if not condition.type:
            errors.required(f"{path}.type")
        if not condition.status:
            errors.required(f"{path}.status")
        elif condition.type in _FINAL and condition.status != "True":
            errors.not_supported(f"{path}.status", condition.status, ("True",))
        elif condition.status not in _STATUSES:
            errors.not_supported(f"{path}.status", condition.status, _STATUSES)
        if {"Approved", "Denied"} <= seen | {condition.type} and condition.type in ("Approved", "Denied"):
            errors.invalid("status.conditions", condition.type, "Approved and Denied conditions are mutually exclusive")
        if condition.type in seen:
            errors.duplicate(f"{path}.type", condition.type)
        seen.add(condition.type)


def _certificate_problem(certificate: bytes) -> str:
    if not certificate:
        return ""
    try:
        found = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        return "only CERTIFICATE PEM blocks are allowed, found none that can be parsed"
    return "" if found else "must contain at least one CERTIFICATE PEM block"


def _validate(obj: CertificateSigningRequest, errors: Errors, *, spec: bool) -> None:
    validate_metadata(obj.metadata, errors, namespaced=False, name=formats.path_segment)
    if spec:
        _validate_spec(obj, errors)
    _validate_conditions(obj.status.conditions, errors)


def _keep(
    new: list[CertificateSigningRequestCondition], old: list[CertificateSigningRequestCondition], name: str
) -> None:
    """Leave conditions of a type as they were, unless some were added or taken away."""
    mine = [at for at, each in enumerate(new) if each.type == name]
    theirs = [each for each in old if each.type == name]
    if len(mine) == len(theirs):
        for at, each in zip(mine, theirs, strict=True):
            new[at] = each


def _stamp(new: CertificateSigningRequest, old: CertificateSigningRequest, now: str) -> None:
    """Conditions say when they were written, and since when they are so."""
    before = {(each.type, each.status): each.last_transition_time for each in old.status.conditions}
    for condition in new.status.conditions:
        if condition.last_update_time is None:
            condition.last_update_time = now
        if condition.last_transition_time is None:
            condition.last_transition_time = before.get((condition.type, condition.status)) or now


class CertificateSigningRequestStrategy(Strategy[CertificateSigningRequest]):
    """A request in the name of whoever sends it."""

    namespaced = False
    short_names = ("csr",)
    reset_fields = ("spec", "status")
    selectable = ("spec.signerName",)

    def prepare_for_create(self, obj: CertificateSigningRequest, request: Request) -> None:
        """It is the sender who asks, whatever the request says; nothing is decided."""
        spec = obj.spec
        spec.username, spec.uid, spec.groups = request.user, request.uid, list(request.groups)
        spec.extra = {key: list(values) for key, values in request.extra.items()}
        obj.status = CertificateSigningRequestStatus()

    def validate(self, obj: CertificateSigningRequest, request: Request) -> Errors:
        """A request that can be read, usages, and a signer."""
        errors = Errors()
        _validate(obj, errors, spec=True)
        return errors

    def prepare_for_update(
        self, new: CertificateSigningRequest, old: CertificateSigningRequest, request: Request
    ) -> None:
        """What is asked and what is decided stay."""
        new.spec, new.status = old.spec, old.status

    def validate_update(
        self, new: CertificateSigningRequest, old: CertificateSigningRequest, request: Request
    ) -> Errors:
        """Metadata alone."""
        errors = Errors()
        _validate(new, errors, spec=False)
        validate_change(new, old, errors, decides=False, signs=False)
        return errors

    def select(self, obj: CertificateSigningRequest) -> dict[str, str]:
        """By signer."""
        return {"spec.signerName": obj.spec.signer_name}


class CertificateSigningRequestStatusStrategy(StatusStrategy[CertificateSigningRequest]):
    """The signer's answer."""

    namespaced = False
    reset_fields = ("spec", "status.conditions")

    def prepare_for_update(
        self, new: CertificateSigningRequest, old: CertificateSigningRequest, request: Request
    ) -> None:
        """The request stays, and so do decisions."""
        super().prepare_for_update(new, old, request)
        for decision in ("Approved", "Denied"):
            _keep(new.status.conditions, old.status.conditions, decision)
        _stamp(new, old, request.now)

    def validate_update(
        self, new: CertificateSigningRequest, old: CertificateSigningRequest, request: Request
    ) -> Errors:
        """A certificate, once; decisions stay."""
        errors = Errors()
        _validate(new, errors, spec=False)
        if problem := _certificate_problem(new.status.certificate):
            errors.invalid("status.certificate", new.status.certificate, problem)
        validate_change(new, old, errors, decides=False, signs=True)
        return errors


class CertificateSigningRequestApprovalStrategy(StatusStrategy[CertificateSigningRequest]):
    """The approver's answer."""

    namespaced = False
    reset_fields = ("spec", "status.certificate")

    def prepare_for_update(
        self, new: CertificateSigningRequest, old: CertificateSigningRequest, request: Request
    ) -> None:
        """The request stays, and so does the certificate."""
        super().prepare_for_update(new, old, request)
        new.status.certificate = old.status.certificate
        _stamp(new, old, request.now)

    def validate_update(
        self, new: CertificateSigningRequest, old: CertificateSigningRequest, request: Request
    ) -> Errors:
        """A decision, for good."""
        errors = Errors()
        _validate(new, errors, spec=False)
        validate_change(new, old, errors, decides=True, signs=False)
        return errors


STRATEGY = CertificateSigningRequestStrategy()
STRATEGY.subresources = {
    "approval": CertificateSigningRequestApprovalStrategy(),
    "status": CertificateSigningRequestStatusStrategy(),
}
