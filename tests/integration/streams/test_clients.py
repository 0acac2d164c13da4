"""Other clients: the official Python package, our own client, plain WebSockets in every channel protocol, proxies."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
import pytest_asyncio

from minik8s.client import streams
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig

from .rig import NODE, Rig, engine, load_image, rig

pytestmark = [
    pytest.mark.root,
    pytest.mark.docker,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="needs dockerd"),
]
POD = "/api/v1/namespaces/default/pods/one"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster() -> AsyncIterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="m8s-") as folder, engine(Path(folder)) as endpoint:
        await asyncio.to_thread(load_image, endpoint)
        work = Path(folder) / "work"
        work.mkdir()
        async with rig(work, endpoint) as made:
            await made.add_pod("one", {"main": ("sleep", "1000000")})
            yield made


def tls_of(cluster: Rig) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(cluster.folder / "ca.crt"))
    context.load_cert_chain(cluster.folder / "admin.crt", cluster.folder / "admin.key")
    return context


def own_client(cluster: Rig) -> ApiClient:
    names = {kind: str(cluster.folder / file) for kind, file in (("ca_file", "ca.crt"), ("cert_file", "admin.crt"))}
    return ApiClient(ClientConfig(server=cluster.url, key_file=str(cluster.folder / "admin.key"), **names))


async def test_the_official_python_client_execs(cluster: Rig) -> None:
    import kubernetes
    from kubernetes.stream import stream

    def work() -> tuple[str, str, int]:
        api = kubernetes.config.new_client_from_config(str(cluster.folder / "kubeconfig"))
        core = kubernetes.client.CoreV1Api(api)
        command = ["sh", "-c", "read x; echo got $x; echo err >&2; exit 5"]
        ws = stream(
            core.connect_get_namespaced_pod_exec, "one", "default", command=command,
            stdin=True, stdout=True, stderr=True, tty=False, _preload_content=False,
        )  # fmt: skip
        ws.write_stdin("hello\n")
        ws.run_forever(timeout=20)
        simple = stream(
            core.connect_get_namespaced_pod_exec, "one", "default", command=["echo", "plain"],
            stdin=False, stdout=True, stderr=True, tty=False,
        )  # fmt: skip
        return ws.read_stdout() + simple, ws.read_stderr(), ws.returncode

    assert await asyncio.to_thread(work) == ("got hello\nplain\n", "err\n", 5)


async def test_the_official_python_client_forwards_ports(cluster: Rig) -> None:
    import kubernetes
    from kubernetes.stream import portforward

    async with own_client(cluster) as client:
        async with await streams.execute(client, "one", "default", ["httpd", "-p", "8090", "-h", "/etc"]) as command:
            await command.run()

    def work() -> bytes:
        api = kubernetes.config.new_client_from_config(str(cluster.folder / "kubeconfig"))
        core = kubernetes.client.CoreV1Api(api)
        forward = portforward(core.connect_get_namespaced_pod_portforward, "one", "default", ports="8090")
        sock = forward.socket(8090)
        sock.setblocking(True)
        sock.sendall(b"GET /nothing HTTP/1.0\r\n\r\n")
        got = b""
        while data := sock.recv(4096):
            got += data
        assert forward.error(8090) is None
        return got

    assert (await asyncio.wait_for(asyncio.to_thread(work), 30)).startswith(b"HTTP/1.1 404")


async def test_our_own_client(cluster: Rig) -> None:
    async with own_client(cluster) as client:
        async with await streams.execute(client, "one", "default", ["sh", "-c", "cat; exit 3"], stdin=True) as command:
            out, err, end = await command.run(b"x" * 500_000)
        assert (len(out), err, end.code) == (500_000, b"", 3)
        forward = await streams.port_forward(client, "one", "default", 9)
        with pytest.raises(Exception, match="connection refused"):
            async for _ in forward.received():
                pass


@pytest.mark.parametrize("protocol", ["", "channel.k8s.io", "base64.channel.k8s.io", "v4.channel.k8s.io",
                                      "v4.base64.channel.k8s.io", "v5.channel.k8s.io"])  # fmt: skip
async def test_every_channel_protocol(cluster: Rig, protocol: str) -> None:
    text = "base64" in protocol
    query = [("command", word) for word in ("sh", "-c", "head -n 1; exit 4")] + [("stdin", "1"), ("stdout", "1")]
    protocols = (protocol,) if protocol else ()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls_of(cluster))) as session:
        async with session.ws_connect(f"{cluster.url}{POD}/exec", params=query, protocols=protocols) as ws:
            assert (ws.protocol or "") == protocol
            if text:
                await ws.send_str("0" + base64.b64encode(b"hi\n").decode())
            else:
                await ws.send_bytes(b"\x00hi\n")
            got: dict[int, bytes] = {}
            async for message in ws:
                assert message.type is (aiohttp.WSMsgType.TEXT if text else aiohttp.WSMsgType.BINARY)
                channel = int(message.data[0]) if text else message.data[0]
                data = base64.b64decode(message.data[1:]) if text else message.data[1:]
                got[channel] = got.get(channel, b"") + data
            assert ws.close_code == 1000
    assert got[1] == b"hi\n"
    if protocol.startswith("v"):
        status = json.loads(got[3])
        assert (status["status"], status["reason"]) == ("Failure", "NonZeroExitCode")
        assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "4"}]
    else:
        assert got[3].startswith(b"command terminated with non-zero exit code")


async def test_refusals_have_kubernetes_words(cluster: Rig) -> None:
    assert cluster.http is not None
    plain = await cluster.http.get(f"{POD}/exec", params={"command": "true"})
    assert (plain.status_code, plain.json()["message"]) == (400, "Upgrade request required")
    bad = await cluster.http.get(f"{POD}/log", params={"tailLines": "-1"})
    assert bad.status_code == 422
    expected = 'PodLogOptions "one" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0'
    assert bad.json()["message"] == expected
    both = await cluster.http.get(f"{POD}/log", params={"sinceSeconds": "1", "sinceTime": "2020-01-01T00:00:00Z"})
    assert "at most one of `sinceTime` or `sinceSeconds` may be specified" in both.json()["message"]
    name = {"metadata": {"name": "unplaced"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    await cluster.http.post("/api/v1/namespaces/default/pods", json=name)
    assert (await cluster.http.get("/api/v1/namespaces/default/pods/unplaced/log")).status_code == 204


async def test_a_reader_of_pods_may_not_exec_by_websocket(cluster: Rig) -> None:
    """A WebSocket begins with GET; to be allowed to get pods/exec is not enough."""
    assert cluster.http is not None
    rules = [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get"]}]
    roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    await cluster.http.post(roles, json={"metadata": {"name": "looker"}, "rules": rules})
    binding = {
        "metadata": {"name": "looker"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "looker"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "eve"}],
    }
    await cluster.http.post(roles.replace("clusterroles", "clusterrolebindings"), json=binding)
    headers = {
        "Impersonate-User": "eve",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
    }
    answer = await cluster.http.get(f"{POD}/exec?command=true&stdout=1", headers=headers)
    assert answer.status_code == 403
    assert 'User "eve" cannot create resource "pods/exec"' in answer.json()["message"]


async def test_node_proxy_reaches_the_kubelet(cluster: Rig) -> None:
    assert cluster.http is not None
    base = f"/api/v1/nodes/{NODE}/proxy"
    assert (await cluster.http.get(f"{base}/healthz")).text == "ok"
    pods = (await cluster.http.get(f"{base}/pods")).json()
    assert pods["kind"] == "PodList" and any(item["metadata"]["name"] == "one" for item in pods["items"])
    summary = (await cluster.http.get(f"{base}/stats/summary")).json()
    assert summary["node"]["nodeName"] == NODE and summary["node"]["memory"]["workingSetBytes"] > 0
    [pod] = summary["pods"]
    assert pod["podRef"]["name"] == "one" and pod["containers"][0]["memory"]["usageBytes"] > 0
    assert pod["containers"][0]["cpu"]["usageNanoCores"] >= 0
    metrics = (await cluster.http.get(f"{base}/metrics/resource")).text
    assert "node_cpu_usage_seconds_total " in metrics and "resource_scrape_error 0" in metrics
    redirect = await cluster.http.get(base)
    assert (redirect.status_code, redirect.headers["location"]) == (301, f"{base}/")
    ran = await cluster.http.post(f"{base}/run/default/one/main", params={"cmd": "echo hello"})
    assert (ran.status_code, ran.text) == (200, "hello\n")
    assert (await cluster.http.get("/api/v1/nodes/nope/proxy/healthz")).status_code == 404


async def test_an_upgrade_goes_through_a_proxy(cluster: Rig) -> None:
    query = [("command", "echo"), ("command", "through"), ("output", "1")]
    path = f"/api/v1/nodes/{NODE}/proxy/exec/default/one/main"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls_of(cluster))) as session:
        async with session.ws_connect(cluster.url + path, params=query, protocols=("v4.channel.k8s.io",)) as ws:
            assert b"".join([message.data[1:] async for message in ws if message.data[0] == 1]) == b"through\n"


async def test_who_stops_following_a_log_is_forgotten(cluster: Rig) -> None:
    def watches() -> int:
        links = (f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd"))
        return sum(1 for link in links if os.path.islink(link) and os.readlink(link) == "anon_inode:inotify")

    before = watches()
    await cluster.add_pod("talker", {"main": ("sh", "-c", "echo hello; sleep 1000000")})
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls_of(cluster))) as session:
        url = f"{cluster.url}/api/v1/namespaces/default/pods/talker/log?follow=true"
        async with session.get(url) as answer:
            assert await answer.content.readline() == b"hello\n"
            assert watches() == before + 1
    async with asyncio.timeout(10):
        while watches() > before:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("protocol", ["", "binary.k8s.io", "base64.binary.k8s.io"])
async def test_a_log_comes_inside_a_websocket(cluster: Rig, protocol: str) -> None:
    name = "browser" + protocol.replace(".", "")
    await cluster.add_pod(name, {"main": ("sh", "-c", "echo alive; exec sleep 1000000")})
    protocols = (protocol,) if protocol else ()
    path = f"/api/v1/namespaces/default/pods/{name}/log"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls_of(cluster))) as session:
        async with session.ws_connect(cluster.url + path, protocols=protocols) as ws:
            got = [message.data async for message in ws]
            assert ws.close_code == 1000
        if "base64" in protocol:
            got = [base64.b64decode(piece) for piece in got]
        assert (got[0], b"".join(got)) == (b"", b"alive\n")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(cluster.url + path, protocols=("v5.channel.k8s.io",))
        assert refused.value.status == 403


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/elsewhere/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            page = gzip.compress(b"<a href=/x>")
            for piece in (page[:7], page[7:], b""):
                self.wfile.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
            return
        if self.path == "/page":
            page = b'<html><a href="/x?y=1">x</a><img src=\'/i.png\'><a href="rel">r</a><p>/not/a/link</p></html>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        said = {"method": self.command, "path": self.path, "body": body.decode(), "headers": dict(self.headers)}
        data = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def backend() -> Iterator[tuple[str, int]]:
    """A server on an address of this machine that is no loopback."""
    listed = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout.split()
    address = next((each for each in listed if ":" not in each), "")
    if not address:
        pytest.skip("this machine has loopback addresses only")
    server = ThreadingHTTPServer((address, 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address, server.server_address[1]
    server.shutdown()


async def give_address(cluster: Rig, address: str) -> None:
    assert cluster.http is not None
    patch = {"content-type": "application/merge-patch+json"}
    status = {"status": {"podIP": address, "podIPs": [{"ip": address}]}}
    answer = await cluster.http.patch(f"{POD}/status", content=json.dumps(status), headers=patch)
    assert answer.status_code == 200, answer.text


async def place(cluster: Rig, address: str, port: int) -> None:
    assert cluster.http is not None
    await give_address(cluster, address)
    service = {"metadata": {"name": "svc"}, "spec": {"ports": [{"name": "web", "port": 80}], "clusterIP": "None"}}
    made = await cluster.http.post("/api/v1/namespaces/default/services", json=service)
    assert made.status_code in (201, 409), made.text
    reference = {"kind": "Pod", "namespace": "default", "name": "one"}
    part = {
        "metadata": {"name": "svc-1", "labels": {"kubernetes.io/service-name": "svc"}},
        "addressType": "IPv4",
        "ports": [{"name": "web", "port": port, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}, "targetRef": reference}],
    }
    made = await cluster.http.post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", json=part)
    assert made.status_code in (201, 409), made.text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_pod_and_service_proxies_take_every_method(cluster: Rig, backend: tuple[str, int], method: str) -> None:
    address, port = backend
    await place(cluster, address, port)
    assert cluster.http is not None
    names = [
        f"pods/one:{port}",
        f"pods/http:one:{port}",
        "services/svc:web",
        "services/svc:80",
        "services/http:svc:web",
    ]
    for name in names:
        content = b"" if method in ("GET", "OPTIONS") else b"body"
        path = f"/api/v1/namespaces/default/{name}/proxy/a%2Fb/c?q=1&q=2"
        answer = await cluster.http.request(method, path, content=content, headers={"X-Mine": "1"})
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert (said["method"], said["path"], said["body"]) == (method, "/a%2Fb/c?q=1&q=2", content.decode())
        assert said["headers"]["X-Mine"] == "1" and "Authorization" not in said["headers"]
        assert said["headers"]["X-Forwarded-Uri"] == f"/api/v1/namespaces/default/{name}/proxy"


async def test_links_lead_through_the_proxy(cluster: Rig, backend: tuple[str, int]) -> None:
    address, port = backend
    await place(cluster, address, port)
    assert cluster.http is not None
    prefix = f"/api/v1/namespaces/default/pods/one:{port}/proxy"
    moved = await cluster.http.get(f"{prefix}/redirect")
    assert (moved.status_code, moved.headers["location"]) == (302, f"{prefix}/elsewhere/")
    page = await cluster.http.get(f"{prefix}/page")
    assert page.text == (
        f'<html><a href="{prefix}/x?y=1">x</a><img src="{prefix}/i.png"><a href="rel">r</a><p>/not/a/link</p></html>'
    )
    assert "access-control-allow-origin" not in page.headers
    assert (await cluster.http.get(f"{prefix}/chunked")).text == f'<a href="{prefix}/x">'
    assert (await cluster.http.head(f"{prefix}/page")).status_code == 200


async def test_proxies_that_lead_nowhere(cluster: Rig, backend: tuple[str, int]) -> None:
    address, port = backend
    await place(cluster, address, port)
    http = cluster.http
    assert http is not None
    base = "/api/v1/namespaces/default"
    closed = await http.get(f"{base}/pods/one:1/proxy/")
    assert closed.status_code == 503 and "error trying to reach service: dial tcp" in closed.json()["message"]
    missing = await http.get(f"{base}/services/svc:81/proxy/")
    assert missing.json()["message"] == 'no service port 81 found for service "svc"'
    nothing = await http.get(f"{base}/services/svc:other/proxy/")
    assert nothing.json()["message"] == 'no endpoints available for service "svc:other"'
    assert (await http.get(f"{base}/pods/nope/proxy/")).json()["message"] == 'pods "nope" not found'
    invalid = await http.get(f"{base}/pods/ftp:one:1/proxy/")
    assert (invalid.status_code, invalid.json()["message"]) == (400, 'invalid pod request "ftp:one:1"')
    await give_address(cluster, "127.0.0.1")
    assert (await http.get(f"{base}/pods/one:{port}/proxy/")).json()["message"] == "address not allowed"


async def test_the_kubelet_asks_who_and_may_they(cluster: Rig) -> None:
    assert cluster.kubelet is not None
    url = f"https://127.0.0.1:{cluster.kubelet.port}"
    tls = ssl.create_default_context(cafile=str(cluster.folder / "ca.crt"))
    async with httpx.AsyncClient(base_url=url, verify=tls) as stranger:
        assert (await stranger.get("/pods")).status_code == 401
        wrong = await stranger.get("/pods", headers={"Authorization": "Bearer nonsense"})
        assert wrong.status_code == 401
