"""What daemons serve with."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from minik8s import pki
from minik8s.daemon import tls
from tests.support.greeter import greeter


def test_a_certificate_of_its_own_still_knows_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = tls.serving("test", "", "", "/some/ca.crt")
    assert made.client_ca_file == "/some/ca.crt"
    assert Path(made.cert_file).exists() and Path(made.key_file).exists()
    assert tls.serving("test", "", "", "").cert_file == made.cert_file
    assert tls.serving("test", "a.crt", "a.key", "ca.crt") == tls.TLSFiles("a.crt", "a.key", "ca.crt")


async def test_certificates_of_clients_and_of_proxies_are_both_let_in(tmp_path: Path) -> None:
    authorities = {name: pki.ensure_ca(tmp_path, name, name) for name in ("clients", "proxies", "strangers")}
    pki.ensure_cert(tmp_path, "s", authorities["clients"], pki.Request("s", hosts=("127.0.0.1",), server=True))
    for name, authority in authorities.items():
        pki.ensure_cert(tmp_path, f"of-{name}", authority, pki.Request("x", client=True))
    paths = [str(tmp_path / name) for name in ("s.crt", "s.key", "clients.crt", "proxies.crt")]
    files = tls.TLSFiles(*paths)
    assert len(files.state()) == 4
    async with greeter(files.context(), tmp_path, "clients.crt") as greeting:
        heard = [await greeting(f"of-{name}") for name in ("clients", "proxies", "strangers")]
        assert heard == [b"hello", b"hello", b""]


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    authority = pki.ensure_ca(tmp_path, "ca", "ca")
    for name in ("s", "other"):
        pki.ensure_cert(tmp_path, name, authority, pki.Request(name, hosts=("127.0.0.1",), server=True))
    (tmp_path / "garbage").write_bytes(b"\xff\x00")
    return tmp_path


@pytest.mark.parametrize(
    ("cert", "key", "ca", "message"),
    [
        ("none", "s.key", "ca.crt", "cannot read {0}/none: No such file or directory"),
        ("s.crt", "none", "ca.crt", "cannot read {0}/none: No such file or directory"),
        ("s.crt", "s.key", "none", "cannot read {0}/none: No such file or directory"),
        ("garbage", "s.key", "ca.crt", "{0}/garbage and {0}/s.key are no certificate and key in PEM form"),
        ("s.crt", "other.key", "ca.crt", "the key in {0}/other.key is not that of the certificate in {0}/s.crt"),
        ("s.crt", "s.key", "garbage", "{0}/garbage holds no certificate in PEM form"),
    ],
)
def test_a_file_that_cannot_be_served_with_is_named(pair: Path, cert: str, key: str, ca: str, message: str) -> None:
    files = tls.TLSFiles(str(pair / cert), str(pair / key), str(pair / ca))
    with pytest.raises(tls.TLSFileError) as caught:
        files.context()
    assert str(caught.value) == message.format(pair)
