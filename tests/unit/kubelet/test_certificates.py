"""The kubelet's own client certificate: asked for, stored, renewed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from kubelet import certificates
from kubelet.certificates import ClientCertificates, Refused, answer_of, rotation_time, signing_request, usable
from minik8s import pki
from minik8s.api.certificates_v1 import CertificateSigningRequest, CertificateSigningRequestCondition
from minik8s.client import kubeconfig
from minik8s.daemon.run import Fatal
from minik8s.testing.fake_clock import FakeClock
from minik8s.testing.fake_cluster import FakeCluster


def _answer(cluster: FakeCluster, ca: pki.KeyPair, days: int = 365) -> None:
    """What approver and signer do with every request that waits."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    def sign(request: CertificateSigningRequest) -> None:
        asked = x509.load_pem_x509_csr(request.spec.request)
        now = cluster.clock.now()
        made = (
            x509.CertificateBuilder()
            .subject_name(asked.subject)
            .issuer_name(ca.cert.subject)
            .public_key(asked.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=days))
            .sign(ca.key, hashes.SHA256())
        )
        request.status.conditions.append(CertificateSigningRequestCondition(type="Approved", status="True"))
        request.status.certificate = made.public_bytes(Encoding.PEM)

    for request in cluster.objects(CertificateSigningRequest):
        if not request.status.certificate:
            cluster.modify(CertificateSigningRequest, request.metadata.name, sign)


async def test_a_certificate_is_asked_for_stored_and_renewed_in_time(tmp_path: Path) -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    ca = pki.new_ca("kubernetes", days=36500)
    mine = ClientCertificates(tmp_path, "n1", clock)
    first = asyncio.ensure_future(mine._renew(cluster))
    await clock.settle()
    (request,) = cluster.objects(CertificateSigningRequest)
    assert request.spec.signer_name == "kubernetes.io/kube-apiserver-client-kubelet"
    assert request.spec.usages == ["digital signature", "client auth"]
    assert (tmp_path / certificates.KEY_BEING_USED).exists()
    _answer(cluster, ca, days=100)
    await asyncio.wait_for(first, 30)
    assert mine.current.is_symlink() and not (tmp_path / certificates.KEY_BEING_USED).exists()
    pair = pki.load(mine.current, mine.current)
    assert pair.cert.public_key() == pair.key.public_key()
    assert pair.cert.subject.rfc4514_string() == "CN=system:node:n1,O=system:nodes"

    keeping = asyncio.ensure_future(mine.keep(cluster))
    await clock.settle()
    await clock.advance(69 * 24 * 3600.0)
    assert len(cluster.objects(CertificateSigningRequest)) == 1, "renewed too early"
    await clock.advance(22 * 24 * 3600.0)
    await clock.settle()
    assert len(cluster.objects(CertificateSigningRequest)) == 2
    _answer(cluster, ca, days=100)
    for _ in range(20):
        await clock.settle()
    held = mine.lifetime()
    keeping.cancel()
    assert held is not None and held[0] >= clock.now() - timedelta(days=1)
    assert len(list(tmp_path.glob("kubelet-client-2*.pem"))) == 2


async def test_certificates_that_come_nearly_over_are_not_asked_for_without_pause(tmp_path: Path) -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    ca = pki.new_ca("kubernetes", days=36500)
    mine = ClientCertificates(tmp_path, "n1", clock)
    pair = pki.issue(ca, pki.Request("system:node:n1", ("system:nodes",), client=True, days=1))
    mine.store(pair.cert_pem, pair.key)
    mine.lifetime = lambda: (clock.now() - timedelta(hours=1), clock.now() + timedelta(seconds=1))  # type: ignore[method-assign]
    keeping = asyncio.ensure_future(mine.keep(cluster))
    for _ in range(30):
        await clock.settle()
        _answer(cluster, ca)
    assert len(cluster.objects(CertificateSigningRequest)) == 1
    await clock.advance(certificates.RENEW_PAUSE_SECONDS)
    await clock.settle()
    assert len(cluster.objects(CertificateSigningRequest)) == 2
    keeping.cancel()


async def test_a_denied_request_is_said_and_the_next_one_has_another_key(tmp_path: Path) -> None:
    clock = FakeClock()
    cluster = FakeCluster(clock)
    mine = ClientCertificates(tmp_path, "n1", clock)
    asking = asyncio.ensure_future(mine._renew(cluster))
    await clock.settle()
    (request,) = cluster.objects(CertificateSigningRequest)

    def deny(held: CertificateSigningRequest) -> None:
        held.status.conditions.append(
            CertificateSigningRequestCondition(type="Denied", status="True", message="not you")
        )

    cluster.modify(CertificateSigningRequest, request.metadata.name, deny)
    with pytest.raises(Refused, match="is denied: not you"):
        await asyncio.wait_for(asking, 30)
    assert not (tmp_path / certificates.KEY_BEING_USED).exists()


def test_a_restarted_kubelet_goes_on_with_its_request(tmp_path: Path) -> None:
    mine = ClientCertificates(tmp_path, "n1")
    one = signing_request(mine._key(), "n1")
    again = signing_request(ClientCertificates(tmp_path, "n1")._key(), "n1")
    assert one.metadata.name == again.metadata.name
    assert one.metadata.name != signing_request(pki.new_key(), "n1").metadata.name
    assert one.metadata.name != signing_request(mine._key(), "n2").metadata.name
    assert answer_of(one) is None


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_the_name_of_a_node_may_be_long() -> None:
    name = f"{'n' * 60}.example.com"
    request = x509.load_pem_x509_csr(bytes(signing_request(pki.new_key(), name).spec.request))
    assert request.subject.rfc4514_string() == f"CN=system:node:{name},O=system:nodes"


def test_certificates_are_renewed_between_70_and_90_percent_of_their_life() -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    end = begin + timedelta(days=100)
    assert rotation_time(begin, end, 0.0) == begin + timedelta(days=70)
    assert abs((rotation_time(begin, end, 1.0) - begin - timedelta(days=90)).total_seconds()) < 1
    assert begin + timedelta(days=70) <= rotation_time(begin, end) <= begin + timedelta(days=90)


async def test_without_a_usable_kubeconfig_and_bootstrap_credentials_the_error_says_what_to_do(tmp_path: Path) -> None:
    mine = ClientCertificates(tmp_path / "pki", "n1")
    target = tmp_path / "kubelet.conf"
    with pytest.raises(Fatal, match="join the machine again"):
        await mine.bootstrap(target, tmp_path / "bootstrap-kubelet.conf")
    ca = pki.new_ca("kubernetes")
    pair = pki.issue(ca, pki.Request("system:node:n1", ("system:nodes",), client=True, days=1))
    mine.store(pair.cert_pem, pair.key)
    source = kubeconfig.Kubeconfig(
        clusters=[kubeconfig.NamedCluster(name="c", cluster=kubeconfig.Cluster(server="https://10.0.0.1:6443"))],
        contexts=[kubeconfig.NamedContext(name="x", context=kubeconfig.Context(cluster="c", user="u"))],
        current_context="x",
    )
    certificates.write_kubeconfig(target, source, mine.current)
    assert usable(target, datetime.now(UTC))
    await mine.bootstrap(target, tmp_path / "bootstrap-kubelet.conf")
    assert not usable(target, datetime.now(UTC) + timedelta(days=2)), "expired"
    assert kubeconfig.to_client_config(kubeconfig.read(target)).server == "https://10.0.0.1:6443"
