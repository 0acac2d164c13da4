from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ingress import files, server
from ingress.__main__ import main
from ingress.frame import Frame
from ingress.model import Model
from minik8s.daemon.run import Fatal
from minik8s.daemon.tls import self_signed

FLAGS: dict[str, Any] = {
    "state_dir": "/tmp/x", "http_port": 80, "https_port": 0, "bind_address": ("0.0.0.0", "::"), "worker_processes": 0,
    "worker_connections": 100, "default_tls_cert_file": "", "default_tls_private_key_file": "", "resolver": (),
    "proxy_body_size": "8M", "access_log": "off", "worker_shutdown_timeout": 90.5, "use_forwarded_headers": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--http-port=0", "--https-port=0"], "cannot both be 0"),
        (["--http-port=70000"], "0<=x<=65535"),
        (["--proxy-body-size=1m; }"], "expected a size"),
        (["--healthz-bind-address=somewhere"], "expected ADDRESS:PORT"),
        (["--default-tls-cert-file=/x"], "go together"),
        (["--shutdown-grace-period=soon"], "invalid duration"),
    ],
)
def test_flags_that_cannot_be(flags: list[str], message: str) -> None:
    result = CliRunner().invoke(main, flags)
    assert result.exit_code == 2 and message in result.output


def test_flags_become_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = server._frame(FLAGS)
    assert frame.addresses == ("0.0.0.0", "[::]") and frame.workers >= 1 and frame.open_files >= 100
    assert frame.body_size == "8m" and frame.worker_shutdown_seconds == 90
    with pytest.raises(Fatal, match="is no address"):
        server._frame(FLAGS | {"bind_address": ("example.com; }",)})


def test_without_nginx_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.shutil, "which", lambda *_, **__: None)
    with pytest.raises(Fatal, match="apt-get install nginx"):
        server._program("")


def test_files_are_private_written_once_and_removed_when_long_unused(tmp_path: Path) -> None:
    frame = Frame(tmp_path / "x", worker_shutdown_seconds=100)
    files.prepare(frame)
    held = Model(files={"tls/a.pem": b"key", "auth/b": b"ann:x\n"})
    files.write(frame, held)
    files.write(frame, held)
    path = frame.folder / "tls" / "a.pem"
    assert path.read_bytes() == b"key" and path.stat().st_mode & 0o777 == 0o600
    assert (frame.folder / "control").stat().st_mode & 0o777 == 0o700
    files.clean(frame, Model())
    assert path.exists()
    os.utime(path, (1, 1))
    files.clean(frame, held)
    assert path.exists()
    files.clean(frame, Model())
    assert not path.exists() and (frame.folder / "auth" / "b").exists()


def test_pairs_are_judged_as_nginx_will(tmp_path: Path) -> None:
    pairs = files.Pairs(tmp_path)
    one, other = (self_signed(str(tmp_path), name, [name]) for name in ("one", "other"))

    def text(cert: str, key: str) -> bytes:
        return Path(cert).read_bytes() + Path(key).read_bytes()

    good = text(one.cert_file, one.key_file)
    assert pairs(good) == ""
    assert "mismatch" in pairs(text(one.cert_file, other.key_file))
    assert pairs(b"nothing") != "" and not (tmp_path / "pair.pem").exists()
    sealed = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n"
    assert pairs(Path(one.cert_file).read_bytes() + sealed) != ""
    from ingress.secrets import _digest

    pairs.condemn(f"tls/{_digest(good)}.pem", "nginx says no")
    assert pairs(good) == "nginx says no"
