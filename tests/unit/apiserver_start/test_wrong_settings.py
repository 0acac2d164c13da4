"""Whoever starts the server with a wrong flag or file is told which, and what is wrong with it; never a traceback."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from apiserver.command import main
from apiserver.services.settings import RangeError, parse
from apiserver.settings import server_flags, server_settings
from minik8s import pki


@click.command()
@server_flags
def _settings(**given: object) -> None:
    server_settings(given)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            ["--secure-port=99999"],
            "--secure-port 99999 must be between 1 and 65535, inclusive. It cannot be turned off",
        ),
        (["--advertise-address=foo"], "--advertise-address: 'foo' is no IP address"),
        (["--max-requests-inflight=-1"], "--max-requests-inflight can not be negative value"),
        (["--max-mutating-requests-inflight=-1"], "--max-mutating-requests-inflight can not be negative value"),
        (["--service-cluster-ip-range=10.0.0.0/30"], "10.0.0.0/30 must hold at least 8 addresses"),
        (["--authorization-config=x"], "--authorization-config is not supported: say who may do what with"),
        (["--authorization-webhook-config-file=x"], "--authorization-webhook-config-file is not supported"),
        (["--authentication-config=x"], "--authentication-config is not supported: say who may come in with"),
    ],
)
def test_flags(flags: list[str], message: str) -> None:
    with pytest.raises(click.ClickException) as caught:
        _settings.main(["--sqlite-path=x", *flags], standalone_mode=False)
    assert message in caught.value.message


def test_a_small_range_of_services_is_enough() -> None:
    assert str(parse("10.0.0.0/29,fd00::/125", "").networks[0]) == "10.0.0.0/29"
    with pytest.raises(RangeError):
        parse("10.0.0.0/29,fd00::/126", "")


@pytest.mark.parametrize(
    ("flag", "content", "message"),
    [
        ("--client-ca-file", b"\xff\x00", "{0} holds no certificate in PEM form"),
        ("--client-ca-file", None, "cannot read {0}: No such file or directory"),
        ("--token-auth-file", b"one,column\n", "token file {0}: line 1 must have at least 3 columns"),
        ("--token-auth-file", b"\xff\x00", "token file {0}: "),
        ("--service-account-key-file", b"\xff\x00", "{0} holds no RSA or elliptic-curve key in PEM form"),
        ("--service-account-signing-key-file", b"", "{0} holds no RSA or elliptic-curve key in PEM form"),
        ("--admission-control-config-file", b"a: [", "{0} is no YAML: "),
        ("--audit-policy-file", b"a: [", "{0}"),
        ("--enable-admission-plugins", None, "--enable-admission-plugins: unknown plugin {0}; there are AlwaysAdmit"),
        ("--authorization-mode", None, "{0}"),
        ("--tls-cert-file", b"\xff\x00", "{0} and "),
    ],
)
def test_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flag: str, content: bytes | None, message: str
) -> None:
    wrong = tmp_path / "wrong"
    if content is not None:
        wrong.write_bytes(content)
    cert, key = tmp_path / "s.crt", tmp_path / "s.key"
    pki.write_self_signed(cert, key, "s", ["127.0.0.1"])
    given = [f"--sqlite-path={tmp_path / 'db'}", "--secure-port=1", f"--tls-cert-file={cert}"]
    with pytest.raises(SystemExit) as ended:
        main.main([*given, f"--tls-private-key-file={key}", f"{flag}={wrong}"], standalone_mode=False)
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    (said,) = [line for line in told.splitlines() if "fatal" in line]
    assert message.format(wrong) in said.replace(chr(92), "")
