"""What daemons serve with."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from minik8s.daemon import tls


def test_a_certificate_of_its_own_still_knows_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = tls.serving("test", "", "", "/some/ca.crt")
    assert made.client_ca_file == "/some/ca.crt"
    assert Path(made.cert_file).exists() and Path(made.key_file).exists()
    assert tls.serving("test", "", "", "").cert_file == made.cert_file
    assert tls.serving("test", "a.crt", "a.key", "ca.crt") == tls.TLSFiles("a.crt", "a.key", "ca.crt")
