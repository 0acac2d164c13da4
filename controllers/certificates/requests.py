"""What a signing request asks for, and whether its signer may sign that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minik8s.api.certificates_v1 import CertificateSigningRequest
from minik8s.machinery.conditions import is_true

if TYPE_CHECKING:
    from cryptography import x509

KUBELET_SERVING = "kubernetes.io/kubelet-serving"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
CLIENT = "kubernetes.io/kube-apiserver-client"
LEGACY = "kubernetes.io/legacy-unknown"
SIGNERS = (KUBELET_SERVING, KUBELET_CLIENT, CLIENT, LEGACY)

_NODE_PREFIX = "system:node:"
_NODE_GROUP = ["system:nodes"]
_KUBELET_CLIENT_USAGES = {"digital signature", "key encipherment", "client auth"}
_KUBELET_SERVING_USAGES = {"digital signature", "key encipherment", "server auth"}


class RefusedRequest(ValueError):
    """The signer must not sign that request."""


def is_approved(request: CertificateSigningRequest) -> bool:
    """Whether it is approved, and neither denied nor failed."""
    conditions = request.status.conditions
    return is_true(conditions, "Approved") and not is_true(conditions, "Denied") and not is_true(conditions, "Failed")


def parse(request: CertificateSigningRequest) -> x509.CertificateSigningRequest:
    """The PKCS#10 request inside. Raises RefusedRequest."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_csr(request.spec.request)
    except ValueError as error:
        raise RefusedRequest(f'unable to parse csr "{request.metadata.name}": {error}') from None
    if not found.is_signature_valid:
        raise RefusedRequest(f'csr "{request.metadata.name}" is not signed with its own key')
    return found


def names_of(found: x509.CertificateSigningRequest) -> tuple[str, list[str]]:
    """Common name and organizations of the subject."""
    from cryptography.x509.oid import NameOID

    common = [str(a.value) for a in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = [str(a.value) for a in found.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    return (common[0] if common else ""), groups


def alternatives(found: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    """The alternative names asked for."""
    from cryptography import x509

    try:
        return list(found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def check(request: CertificateSigningRequest, found: x509.CertificateSigningRequest) -> None:
    """Whether the request is one its signer signs. Raises RefusedRequest."""
    usages = set(request.spec.usages)
    if request.spec.signer_name == KUBELET_SERVING:
        check_kubelet_serving(found, usages)
    elif request.spec.signer_name == KUBELET_CLIENT:
        check_kubelet_client(found, usages)
    elif request.spec.signer_name == CLIENT:
        _check_client(usages)


def _check_node(found: x509.CertificateSigningRequest) -> None:
    common, groups = names_of(found)
    if groups != _NODE_GROUP:
        raise RefusedRequest("subject organization is not system:nodes")
    if not common.startswith(_NODE_PREFIX):
        raise RefusedRequest("subject common name does not begin with system:node:")


def check_kubelet_serving(found: x509.CertificateSigningRequest, usages: set[str]) -> None:
    """A serving certificate of a node: DNS names and addresses alone. Raises RefusedRequest."""
    from cryptography import x509

    _check_node(found)
    names = alternatives(found)
    if not any(isinstance(name, x509.DNSName | x509.IPAddress) for name in names):
        raise RefusedRequest("DNS or IP subjectAltName is required")
    if any(isinstance(name, x509.RFC822Name) for name in names):
        raise RefusedRequest("Email subjectAltNames are not allowed")
    if any(isinstance(name, x509.UniformResourceIdentifier) for name in names):
        raise RefusedRequest("URI subjectAltNames are not allowed")
    if not {"digital signature", "server auth"} <= usages <= _KUBELET_SERVING_USAGES:
        raise RefusedRequest(
            'usages did not match [digital signature, server auth] with an optional "key encipherment"'
        )


def check_kubelet_client(found: x509.CertificateSigningRequest, usages: set[str]) -> None:
    """A client certificate of a node, without alternative names. Raises RefusedRequest."""
    _check_node(found)
    if alternatives(found):
        raise RefusedRequest("subjectAltNames are not allowed")
    if not {"digital signature", "client auth"} <= usages <= _KUBELET_CLIENT_USAGES:
        raise RefusedRequest(
            'usages did not match [digital signature, client auth] with an optional "key encipherment"'
        )


def _check_client(usages: set[str]) -> None:
    for usage in usages - _KUBELET_CLIENT_USAGES:
        raise RefusedRequest(f"invalid usage for client certificate: {usage}")
    if "client auth" not in usages:
        raise RefusedRequest("missing required usage for client certificate: client auth")
