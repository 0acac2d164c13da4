"""What may become of a request for a certificate once it is made: decisions and certificates are for good."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata_update
from minik8s.api.certificates_v1 import CertificateSigningRequest, CertificateSigningRequestCondition


def _of_type(obj: CertificateSigningRequest, name: str) -> list[CertificateSigningRequestCondition]:
    return [each for each in obj.status.conditions if each.type == name]


def validate_change(
    new: CertificateSigningRequest, old: CertificateSigningRequest, errors: Errors, *, decides: bool, signs: bool
) -> None:
    """`decides` allows an approval or a denial to be added, `signs` a certificate to be set."""
    validate_metadata_update(new.metadata, old.metadata, errors)
    path = "status.conditions"
    for name in ("Approved", "Denied", "Failed"):
        mine, theirs = _of_type(new, name), _of_type(old, name)
        if len(mine) < len(theirs):
            errors.forbidden(path, f'updates may not remove a condition of type "{name}"')
        elif name != "Failed" and not decides:
            if len(mine) > len(theirs):
                errors.forbidden(path, f'updates may not add a condition of type "{name}"')
            elif mine != theirs:
                errors.forbidden(path, f'updates may not modify a condition of type "{name}"')
    if new.status.certificate != old.status.certificate:
        if not signs:
            errors.forbidden("status.certificate", "updates may not set certificate content")
        elif old.status.certificate:
            errors.forbidden("status.certificate", "updates may not modify existing certificate content")
