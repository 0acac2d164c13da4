from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from minik8s import pki


def test_files_are_made_once_and_kept(tmp_path: Path) -> None:
    ca = pki.ensure_ca(tmp_path, "ca", "kubernetes")
    assert pki.ensure_ca(tmp_path, "ca", "kubernetes").cert == ca.cert
    request = pki.Request("kube-apiserver", hosts=("kubernetes", "10.96.0.1"), server=True)
    made = pki.ensure_cert(tmp_path, "apiserver", ca, request)
    assert pki.ensure_cert(tmp_path, "apiserver", ca, request).cert == made.cert
    assert (tmp_path / "apiserver.key").stat().st_mode & 0o777 == 0o600
    assert not pki.expires_soon(tmp_path / "apiserver.crt")
    assert pki.expires_soon(tmp_path / "apiserver.crt", now=datetime.now(UTC) + timedelta(days=340))
    more = pki.Request("kube-apiserver", hosts=("kubernetes", "10.96.0.1", "192.0.2.1"), server=True)
    assert pki.ensure_cert(tmp_path, "apiserver", ca, more).cert != made.cert
    other = pki.new_ca("other")
    assert pki.ensure_cert(tmp_path, "apiserver", other, more).cert.issuer == other.cert.subject


def test_a_certificate_about_to_run_out_is_renewed(tmp_path: Path) -> None:
    ca = pki.ensure_ca(tmp_path, "ca", "kubernetes")
    short = pki.ensure_cert(tmp_path, "a", ca, pki.Request("a", days=10))
    assert pki.ensure_cert(tmp_path, "a", ca, pki.Request("a")).cert != short.cert


def test_an_authority_without_its_key_is_an_error(tmp_path: Path) -> None:
    pki.ensure_ca(tmp_path, "ca", "kubernetes")
    (tmp_path / "ca.key").unlink()
    with pytest.raises(pki.PKIError, match="its key .* is not"):
        pki.ensure_ca(tmp_path, "ca", "kubernetes")


def test_service_account_keys(tmp_path: Path) -> None:
    key, public = pki.ensure_service_account_keys(tmp_path)
    before = key.read_bytes(), public.read_bytes()
    pki.ensure_service_account_keys(tmp_path)
    assert (key.read_bytes(), public.read_bytes()) == before
    assert b"BEGIN PUBLIC KEY" in before[1]


def test_openssl_believes_in_them(tmp_path: Path) -> None:
    ca = pki.ensure_ca(tmp_path, "ca", "kubernetes")
    pki.ensure_cert(tmp_path, "server", ca, pki.Request("s", hosts=("example",), server=True))
    pki.ensure_cert(tmp_path, "client", ca, pki.Request("bob", ("a", "b"), client=True))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    server.load_verify_locations(tmp_path / "ca.crt")
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    client.load_cert_chain(tmp_path / "client.crt", tmp_path / "client.key")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="example")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    from minik8s.daemon.tls import user_of_certificate

    user = user_of_certificate(theirs.getpeercert())
    assert user is not None and user.name == "bob" and set(user.groups) == {"a", "b", "system:authenticated"}


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_a_name_may_be_longer_than_directories_allow(tmp_path: Path) -> None:
    name = f"system:node:{'n' * 60}.example.com"
    ca = pki.ensure_ca(tmp_path, "ca", "kubernetes")
    made = pki.ensure_cert(tmp_path, "node", ca, pki.Request(name, ("g" * 70,), client=True))
    assert made.cert.subject.rfc4514_string() == f"CN={name},O={'g' * 70}"
    ssl.create_default_context().load_cert_chain(tmp_path / "node.crt", tmp_path / "node.key")
    with pytest.raises(ValueError, match="length must be"):
        pki.issue(ca, pki.Request(""))
