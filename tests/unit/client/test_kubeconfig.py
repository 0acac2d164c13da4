from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from minik8s.client import config, kubeconfig
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig, ConfigError, ExecPlugin
from minik8s.client.credentials import Credentials
from minik8s.testing.fake_clock import FakeClock

ONE = """
apiVersion: v1
kind: Config
current-context: one
preferences: {}
clusters:
- {name: c, cluster: {server: "https://one:6443/", certificate-authority: pki/ca.crt}}
users:
- {name: u, user: {tokenFile: token, as: bob, as-groups: [g]}}
contexts:
- {name: one, context: {cluster: c, user: u, namespace: ns}}
"""
TWO = """
current-context: two
clusters:
- {name: c, cluster: {server: "https://two"}}
users: null
contexts:
- {name: two, context: {cluster: c, user: ""}}
- {name: broken, context: {cluster: nowhere, user: u}}
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "one").write_text(ONE)
    (tmp_path / "two").write_text(TWO)
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki/ca.crt").touch()
    missing = tmp_path / "missing"
    monkeypatch.setenv("KUBECONFIG", f"{missing}:{tmp_path / 'one'}:{tmp_path / 'two'}")
    return tmp_path


def test_what_comes_first_wins_and_paths_are_relative_to_their_file(files: Path) -> None:
    found = config.load()
    assert found.server == "https://one:6443" and found.namespace == "ns"
    assert found.ca_file == str(files / "pki/ca.crt") and found.token_file == str(files / "token")
    assert found.impersonate_user == "bob" and found.impersonate_groups == ("g",)
    two = config.load(context="two", namespace="x")
    assert two.server == "https://one:6443" and two.namespace == "x"
    assert config.load(str(files / "two")).server == "https://two"


@pytest.mark.parametrize(
    ("context", "message"),
    [("nope", 'context "nope" does not exist'), ("broken", 'cluster "nowhere" of context "broken" does not exist')],
)
def test_what_is_missing_is_named(files: Path, context: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config.load(context=context)


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        config.load(str(tmp_path / "none"))
    (tmp_path / "bad").write_text("clusters: 5")
    with pytest.raises(ConfigError, match=r"bad is not a valid kubeconfig.*clusters"):
        config.load(str(tmp_path / "bad"))
    (tmp_path / "text").write_text("a: [")
    with pytest.raises(ConfigError, match="is not YAML"):
        config.load(str(tmp_path / "text"))


def test_nothing_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    with pytest.raises(ConfigError, match="no current context"):
        config.load()
    assert config.load(master="http://x").server == "http://x"


def test_inside_a_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setattr(config, "SERVICE_ACCOUNT_DIR", tmp_path)
    (tmp_path / "token").write_text("t")
    (tmp_path / "namespace").write_text("here")
    found = config.load()
    assert (found.server, found.namespace) == ("https://10.96.0.1:443", "here")


def test_a_file_written_is_read_back_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config"
    made = kubeconfig.Kubeconfig(
        clusters=[kubeconfig.NamedCluster(name="c", cluster=kubeconfig.Cluster(server="https://x"))],
        contexts=[kubeconfig.NamedContext(name="c", context=kubeconfig.Context(cluster="c"))],
        current_context="c",
    )
    kubeconfig.write_private(path, kubeconfig.encode(made))
    assert path.stat().st_mode & 0o777 == 0o600
    assert kubeconfig.read(path) == made


async def test_a_token_file_is_read_again_after_a_minute(tmp_path: Path) -> None:
    clock, file = FakeClock(), tmp_path / "token"
    file.write_text("a\n")
    credentials = Credentials(ClientConfig(server="http://x", token_file=str(file)), clock)
    assert await credentials.authorization() == "Bearer a"
    file.write_text("b")
    assert await credentials.authorization() == "Bearer a"
    await clock.advance(61)
    assert await credentials.authorization() == "Bearer b"


async def test_an_exec_plugin_hands_out_tokens_until_they_expire(tmp_path: Path) -> None:
    clock, counter = FakeClock(), tmp_path / "count"
    program = (
        "import json, os, pathlib; p = pathlib.Path(os.environ['COUNT']);"
        "p.write_text(p.read_text() + 'x' if p.exists() else 'x');"
        "assert json.loads(os.environ['KUBERNETES_EXEC_INFO'])['spec']['cluster']['server'] == 'http://x';"
        "print(json.dumps({'kind': 'ExecCredential', 'status': "
        "{'token': p.read_text(), 'expirationTimestamp': '2026-01-02T04:00:00Z'}}))"
    )
    plugin = ExecPlugin(sys.executable, ("-c", program), (("COUNT", str(counter)),), provide_cluster_info=True)
    credentials = Credentials(ClientConfig(server="http://x", exec_plugin=plugin), clock)
    assert await credentials.authorization() == "Bearer x"
    assert await credentials.authorization() == "Bearer x"
    await clock.advance(3600)
    assert await credentials.authorization() == "Bearer xx"


async def test_an_exec_plugin_that_is_missing_says_how_to_get_it() -> None:
    plugin = ExecPlugin("no-such-program", install_hint="get it there")
    with pytest.raises(ConfigError, match=r"(?s)no-such-program cannot be run.*get it there"):
        await Credentials(ClientConfig(server="http://x", exec_plugin=plugin), FakeClock()).authorization()


def test_broken_base64_is_named(tmp_path: Path) -> None:
    text = TWO.replace('"https://two"', '"https://two", certificate-authority-data: "***"')
    (tmp_path / "c").write_text(text)
    with pytest.raises(ConfigError, match=r'cluster "c": certificate-authority-data is not base64'):
        config.load(str(tmp_path / "c"))
    assert base64.b64encode(b"x")


FILES = """
current-context: c
clusters: [{name: c, cluster: {server: "https://one", certificate-authority: ca}}]
users: [{name: u, user: {client-certificate: crt, client-key: key}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
"""


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("ca", "unable to read certificate-authority {0}/ca for c due to open {0}/ca: no such file or directory"),
        ("crt", "unable to read client-cert {0}/crt for u due to open {0}/crt: no such file or directory"),
        ("key", "unable to read client-key {0}/key for u due to open {0}/key: no such file or directory"),
    ],
)
def test_files_that_cannot_be_read_are_said_at_once(tmp_path: Path, missing: str, message: str) -> None:
    (tmp_path / "config").write_text(FILES)
    for name in {"ca", "crt", "key"} - {missing}:
        (tmp_path / name).touch()
    with pytest.raises(ConfigError) as caught:
        config.load(str(tmp_path / "config"))
    assert str(caught.value) == message.format(tmp_path)


async def test_a_client_with_unusable_certificates_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(FILES)
    for name in ("ca", "crt", "key"):
        (tmp_path / name).write_bytes(b"\xff\x00garbage")
    loaded = config.load(str(tmp_path / "config"))
    with pytest.raises(ConfigError) as caught:
        async with ApiClient(loaded):
            pytest.fail("it began")
    assert (
        str(caught.value)
        == f"cannot use the certificates ({tmp_path}/ca, {tmp_path}/crt, {tmp_path}/key): not in PEM form"
    )


async def test_inline_data_that_is_no_certificate_is_said_without_a_traceback() -> None:
    for garbage in (b"\xff\x00", b"no certificate", "ünlesbar".encode()):
        with pytest.raises(ConfigError, match=r"\(the data in the kubeconfig\): not in PEM form"):
            async with ApiClient(ClientConfig(server="https://one", ca_data=garbage)):
                pytest.fail("it began")
