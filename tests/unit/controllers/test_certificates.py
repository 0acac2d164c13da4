from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from controllers.certificates.approver import ApprovingController
from controllers.certificates.authority import Authority
from controllers.certificates.cleaner import CleaningController
from controllers.certificates.requests import CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY
from controllers.certificates.signer import SigningController
from minik8s import pki
from minik8s.api.certificates_v1 import (
    CertificateSigningRequest,
    CertificateSigningRequestCondition,
    CertificateSigningRequestSpec,
)
from minik8s.api.object_meta import ObjectMeta
from minik8s.testing.controllers import running
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster

SERVING = ["digital signature", "server auth"]
CLIENT_USAGES = ["digital signature", "key encipherment", "client auth"]


def csr(name: str, group: str = "", dns: str = "") -> bytes:
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    )
    if dns:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(dns)]), critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(
        serialization.Encoding.PEM
    )


def request(
    signer: str, body: bytes, usages: list[str], approved: bool = True, **spec: Any
) -> CertificateSigningRequest:
    made = CertificateSigningRequest(
        metadata=ObjectMeta(name="r"),
        spec=CertificateSigningRequestSpec(request=body, signer_name=signer, usages=usages, **spec),
    )
    if approved:
        made.status.conditions = [told("Approved")]
    return made


def told(type_: str) -> CertificateSigningRequestCondition:
    stamp = "2026-01-02T03:04:05Z"
    return CertificateSigningRequestCondition(
        type=type_, status="True", last_update_time=stamp, last_transition_time=stamp
    )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    pki.ensure_ca(tmp_path, "ca", "kubernetes")
    return Authority(str(tmp_path / "ca.crt"), str(tmp_path / "ca.key"), 3600 * 24)


def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC).replace(microsecond=0))


async def signed(authority: Authority, asked: CertificateSigningRequest) -> CertificateSigningRequest:
    cluster = FakeCluster(clock())
    cluster.add(asked)
    async with running(cluster, SigningController(authority)):
        return cluster.objects(CertificateSigningRequest)[0]


async def test_an_approved_request_is_signed_as_asked(authority: Authority) -> None:
    body = csr("system:node:n1", "system:nodes", "n1.local")
    found = await signed(authority, request(KUBELET_SERVING, body, SERVING, expiration_seconds=7200))
    certificate = x509.load_pem_x509_certificate(found.status.certificate)
    assert certificate.subject.rfc4514_string() == "CN=system:node:n1,O=system:nodes"
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.SERVER_AUTH]
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature and not usage.key_encipherment
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["n1.local"]
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(hours=2, minutes=5)


async def test_a_certificate_is_good_no_longer_than_the_flag_says(authority: Authority) -> None:
    found = await signed(authority, request(CLIENT, csr("jane", "devs"), CLIENT_USAGES, expiration_seconds=10**7))
    certificate = x509.load_pem_x509_certificate(found.status.certificate)
    assert certificate.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("signer", "body", "usages", "why"),
    [
        (KUBELET_SERVING, csr("system:node:n1", "system:nodes"), SERVING, "DNS or IP subjectAltName is required"),
        (KUBELET_SERVING, csr("n1", "system:nodes", "n1"), SERVING, "does not begin with system:node:"),
        (KUBELET_SERVING, csr("system:node:n1", "devs", "n1"), SERVING, "organization is not system:nodes"),
        (KUBELET_SERVING, csr("system:node:n1", "system:nodes", "n1"), CLIENT_USAGES, "usages did not match"),
        (KUBELET_CLIENT, csr("system:node:n1", "system:nodes", "n1"), CLIENT_USAGES, "subjectAltNames are not allowed"),
        (CLIENT, csr("jane"), SERVING, "invalid usage for client certificate: server auth"),
        (CLIENT, csr("jane"), ["digital signature"], "missing required usage"),
        (LEGACY, b"no request", SERVING, 'unable to parse csr "r"'),
    ],
)
async def test_what_a_signer_must_not_sign(
    authority: Authority, signer: str, body: bytes, usages: list[str], why: str
) -> None:
    found = await signed(authority, request(signer, body, usages))
    assert not found.status.certificate
    failed = found.status.conditions[-1]
    assert (failed.type, failed.reason) == ("Failed", "SignerValidationFailure") and why in failed.message


async def test_only_approved_requests_of_our_signers_are_touched(authority: Authority) -> None:
    waiting = await signed(authority, request(CLIENT, csr("jane"), CLIENT_USAGES, approved=False))
    foreign = await signed(authority, request("example.com/signer", csr("jane"), CLIENT_USAGES))
    assert not waiting.status.certificate and not foreign.status.certificate
    assert len(foreign.status.conditions) == 1


async def test_an_rsa_authority_signs_too(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "ca.crt").write_bytes(cert.public_bytes(pem))
    form = serialization.PrivateFormat.TraditionalOpenSSL
    (tmp_path / "ca.key").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    authority = Authority(str(tmp_path / "ca.crt"), str(tmp_path / "ca.key"), 3600)
    found = await signed(authority, request(CLIENT, csr("jane"), CLIENT_USAGES))
    x509.load_pem_x509_certificate(found.status.certificate).verify_directly_issued_by(cert)


async def test_a_kubelet_is_approved_when_it_may_ask() -> None:
    body = csr("system:node:n1", "system:nodes")
    for username, subresource in (("system:node:n1", "selfnodeclient"), ("system:bootstrap:abc", "nodeclient")):
        cluster = FakeCluster()
        asked: list[Any] = []

        def allow(review: dict[str, Any], asked: list[Any] = asked) -> dict[str, Any]:
            asked.append(review["spec"])
            return review | {"status": {"allowed": True}}

        cluster.server.reactors["subjectaccessreviews"] = allow
        cluster.add(request(KUBELET_CLIENT, body, CLIENT_USAGES, approved=False, username=username))
        async with running(cluster, ApprovingController()):
            pass
        assert asked[0]["user"] == username and asked[0]["resourceAttributes"]["subresource"] == subresource
        [update] = cluster.requests("update", "certificatesigningrequests/approval")
        [condition] = update.body["status"]["conditions"]
        assert (condition["type"], condition["reason"]) == ("Approved", "AutoApproved")


async def test_nobody_else_is_approved() -> None:
    cluster = FakeCluster()
    cluster.server.reactors["subjectaccessreviews"] = lambda review: review | {"status": {"allowed": False}}
    body = csr("system:node:n1", "system:nodes")
    cluster.add(request(KUBELET_CLIENT, body, CLIENT_USAGES, approved=False, username="mallory"))
    async with running(cluster, ApprovingController()):
        assert cluster.requests("update") == []


@pytest.mark.parametrize(("condition", "hours"), [("Approved", 1), ("Denied", 1), ("Failed", 1), ("", 24)])
async def test_requests_are_deleted_after_a_while(condition: str, hours: int) -> None:
    cluster = FakeCluster()
    made = request(CLIENT, csr("jane"), CLIENT_USAGES, approved=False)
    made.status.conditions = [told(condition)] if condition else []
    cluster.add(made)
    async with running(cluster, CleaningController()) as at_work:
        await at_work.advance(hours * 3600 - 60)
        assert len(cluster.objects(CertificateSigningRequest)) == 1
        await at_work.advance(120)
        assert cluster.objects(CertificateSigningRequest) == []
