from __future__ import annotations

import socket
import ssl
from pathlib import Path

import aiohttp
import pytest

from minik8s import pki
from minik8s.api.authentication_v1 import TokenReview
from minik8s.daemon import metrics, tls
from minik8s.daemon.delegated import Attributes, DelegatedAuth, Denied
from minik8s.daemon.health import HealthServer
from minik8s.testing.fake_cluster import FakeCluster


def broken() -> None:
    raise RuntimeError("no luck")


async def get(url: str, context: ssl.SSLContext | None = None, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, ssl=context or False, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_checks_and_their_long_form() -> None:
    server = HealthServer("127.0.0.1", 0, checks={"db": lambda: None}, live=("ping",))
    await server.start(any_port=True)
    base = f"http://127.0.0.1:{server.port}"
    assert await get(f"{base}/healthz") == (200, "ok")
    assert await get(f"{base}/readyz?verbose") == (200, "[+]ping ok\n[+]db ok\nreadyz check passed\n")
    server.checks["db"] = broken
    assert await get(f"{base}/readyz") == (500, "[+]ping ok\n[-]db failed: reason withheld\nreadyz check failed\n")
    assert await get(f"{base}/readyz?exclude=db") == (200, "ok")
    assert (await get(f"{base}/readyz/db"))[0] == 500
    assert (await get(f"{base}/readyz/nope"))[0] == 404
    assert await get(f"{base}/livez") == (200, "ok")
    await server.stop()


async def test_metrics() -> None:
    metrics.counter("test_things", "Things", ("kind",)).labels("a").inc()
    metrics.observe_reconcile("c", 0.2, None)
    async with HealthServer("127.0.0.1", 0) as closed:
        assert closed.port == 0
    server = HealthServer("127.0.0.1", 0)
    await server.start(any_port=True)
    status, text = await get(f"http://127.0.0.1:{server.port}/metrics")
    assert status == 200 and 'test_things_total{kind="a"} 1.0' in text and "process_resident_memory_bytes" in text
    await server.stop()


async def test_tls_and_who_may_see_metrics(tmp_path: Path) -> None:
    ca = pki.ensure_ca(tmp_path, "ca", "kubernetes")
    pki.ensure_cert(tmp_path, "s", ca, pki.Request("s", hosts=("127.0.0.1",), server=True))
    pki.ensure_cert(tmp_path, "c", ca, pki.Request("bob", ("devs",), client=True))
    cluster = FakeCluster()
    asked: list[dict[str, object]] = []

    def review(document: dict[str, object]) -> dict[str, object]:
        spec = document["spec"]
        assert isinstance(spec, dict)
        asked.append(spec)
        return document | {"status": {"allowed": spec["user"] == "bob"}}

    cluster.server.reactors["subjectaccessreviews"] = review
    files = tls.TLSFiles(str(tmp_path / "s.crt"), str(tmp_path / "s.key"), str(tmp_path / "ca.crt"))
    server = HealthServer("127.0.0.1", 0, files, authorizer=DelegatedAuth(cluster))
    await server.start(any_port=True)
    base = f"https://127.0.0.1:{server.port}"
    plain = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    bob = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
    bob.load_cert_chain(tmp_path / "c.crt", tmp_path / "c.key")
    assert await get(f"{base}/healthz", plain) == (200, "ok")
    assert (await get(f"{base}/metrics", plain))[0] == 403
    assert (await get(f"{base}/metrics", plain, Authorization="Bearer x"))[0] == 401
    assert (await get(f"{base}/metrics", bob))[0] == 200
    assert (await get(f"{base}/metrics", bob))[0] == 200
    assert [a["user"] for a in asked] == ["system:anonymous", "bob"]
    assert asked[1]["nonResourceAttributes"] == {"path": "/metrics", "verb": "get"}
    await server.stop()


async def test_tokens_are_reviewed_once_and_resources_judged() -> None:
    cluster = FakeCluster()
    user = {"username": "system:serviceaccount:ns:sa", "groups": ["g"]}
    cluster.server.reactors["tokenreviews"] = lambda d: d | {"status": {"authenticated": True, "user": user}}
    auth = DelegatedAuth(cluster, anonymous=False)
    headers = {"Authorization": "Bearer t"}
    found = await auth.authenticate(headers, None)
    assert found.name == "system:serviceaccount:ns:sa" and found.groups == ("g",)
    await auth.authenticate(headers, None)
    assert len(cluster.requests("create", "tokenreviews")) == 1
    await auth.authorize(found, Attributes("get", resource="nodes", subresource="metrics", name="n"))
    with pytest.raises(Denied) as caught:
        await auth.authenticate({}, None)
    assert caught.value.code == 401 and TokenReview is not None


async def test_self_signed_files_are_kept(tmp_path: Path) -> None:
    one = tls.self_signed(str(tmp_path), "kubelet", ["localhost"])
    before = Path(one.cert_file).read_bytes()
    assert tls.self_signed(str(tmp_path), "kubelet", ["localhost"]) == one
    assert Path(one.cert_file).read_bytes() == before
    one.context()


async def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError) as caught:
            await HealthServer("127.0.0.1", port).start()
    assert str(caught.value) == f"cannot listen on 127.0.0.1:{port}: Address already in use"


async def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(OSError) as caught:
        await HealthServer("127.0.0.1", 70000).start()
    assert str(caught.value) == "cannot listen on 127.0.0.1:70000: a port is a number from 1 to 65535"
