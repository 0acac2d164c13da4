"""Who comes with an expired certificate is answered, not cut off: authentication says what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from apiserver.command import serving_context
from minik8s import pki
from minik8s.daemon.tls import TLSFiles
from tests.support.greeter import greeter


async def test_an_expired_certificate_is_let_in_and_a_strangers_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pki, "_BACKDATE", timedelta(days=3))
    authority, other = (pki.ensure_ca(tmp_path, name, name) for name in ("ca", "other"))
    pki.ensure_cert(tmp_path, "s", authority, pki.Request("s", hosts=("127.0.0.1",), server=True))
    for name, signer, days in (("good", authority, 9), ("expired", authority, -1), ("strange", other, 9)):
        pair = pki.issue(signer, pki.Request(name, client=True, days=days))
        pki.write(tmp_path / f"{name}.crt", pair.cert_pem, 0o644)
        pki.write(tmp_path / f"{name}.key", pair.key_pem, 0o600)
    context = serving_context(TLSFiles(*(str(tmp_path / name) for name in ("s.crt", "s.key", "ca.crt"))))
    async with greeter(context, tmp_path, "ca.crt") as greeting:
        assert [await greeting(name) for name in ("good", "expired", "strange")] == [b"hello", b"hello", b""]
