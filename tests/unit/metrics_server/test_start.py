from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from metrics_server import authorities
from metrics_server.__main__ import main
from minik8s.api.core_v1 import ConfigMap
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.informer import Informers
from minik8s.daemon.front_proxy import HeaderNames
from minik8s.testing.fake_cluster import FakeCluster

DATA = {
    "client-ca-file": "CLIENTS",
    "requestheader-client-ca-file": "PROXIES",
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-username-headers": '["X-Remote-User","X-User"]',
    "requestheader-group-headers": "[oops",
}


def published(**more: str) -> ConfigMap:
    meta = ObjectMeta(name="extension-apiserver-authentication", namespace="kube-system")
    return ConfigMap(metadata=meta, data=DATA | more)


async def test_whom_to_believe_is_looked_up_and_followed(tmp_path: Path) -> None:
    cluster = FakeCluster()
    cluster.add(published())
    cluster.add(ConfigMap(metadata=ObjectMeta(name="other", namespace="kube-system"), data={"client-ca-file": "X"}))
    informers, heard = Informers(cluster), []  # type: ignore[var-annotated]
    folder = tmp_path / "certs"
    follower = authorities.follow(informers, folder, heard.append)
    await informers.start()
    await follower.synced()
    assert (folder / authorities.CLIENT_FILE).read_text() == "CLIENTS"
    assert (folder / authorities.PROXY_FILE).read_text() == "PROXIES"
    # What cannot be read is as if it was not said.
    assert heard == [HeaderNames(("front-proxy-client",), username=("X-Remote-User", "X-User"))]

    def renew(held: Any) -> None:
        held.data["requestheader-client-ca-file"] = "NEWER"

    cluster.modify(ConfigMap, "extension-apiserver-authentication", renew, "kube-system")
    for _ in range(20):
        await asyncio.sleep(0)
    assert (folder / authorities.PROXY_FILE).read_text() == "NEWER" and len(heard) == 2
    await informers.stop()


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--metric-resolution=9s", "metric-resolution should be a time duration at least 10s, but value 9s provided"),
        ("--kubelet-request-timeout=14s", "metric-resolution should be larger than kubelet-request-timeout"),
        ("--node-selector=a in", "--node-selector"),
    ],
)
def test_flags_that_cannot_be(argument: str, message: str) -> None:
    result = CliRunner().invoke(main, [argument])
    assert result.exit_code == 2 and message in result.output
