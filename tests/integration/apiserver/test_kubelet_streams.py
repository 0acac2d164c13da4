"""Streams between a client, the API server and kubelets that know less, refuse, stall or are not there."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.serving.protocol import PeerCertificateProtocol
from apiserver.storage.sqlite import SQLiteStore
from apiserver.streams.kubelets import KubeletSettings
from minik8s import pki
from minik8s.client import streams
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import ApiError
from minik8s.daemon.tls import TLSFiles
from minik8s.streams import command, dial, ports, status
from minik8s.streams.channels import STDERR, STDOUT, TUNNEL
from minik8s.streams.command import Wanted
from minik8s.streams.duplex import TransportDuplex
from minik8s.streams.ports import Forwarded
from minik8s.streams.serve import AsgiServer, listen
from minik8s.streams.spdy.connection import SpdyConnection
from minik8s.streams.tunnel import Tunnel
from minik8s.streams.upgrade import UpgradeProtocol, upgrade_of
from minik8s.streams.websocket import WebSocket

Handler = Callable[[dict[str, Any]], Awaitable[None]]
POD = "/api/v1/namespaces/default/pods/p"


class Kubelet:
    """A kubelet's server; `sockets` says whether it takes WebSockets, `seen` are the paths it was asked."""

    def __init__(self) -> None:
        self.sockets = True
        self.refusal: tuple[int, bytes] | None = None
        self.seen: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self.sent = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"] + "?" + scope["query_string"].decode()
        upgrade = upgrade_of(scope)
        self.seen.append(f"{upgrade.protocol if upgrade else scope['method']} {path}")
        refusal = self.refusal
        if upgrade is not None and upgrade.protocol == "websocket" and not self.sockets:
            refusal = (403, b"unable to negotiate protocol")
        if refusal is not None:
            head = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(refusal[1]))]
            await send({"type": "http.response.start", "status": refusal[0], "headers": head})
            await send({"type": "http.response.body", "body": refusal[1]})
        elif path.startswith("/portForward"):
            await ports.forward(scope, upgrade, [], self._echo)
        elif "command=flood" in path:
            await self._flood(scope, upgrade)
        else:
            await self._exec(scope, upgrade, "tty=1" in path)

    async def _exec(self, scope: Any, upgrade: Any, tty: bool) -> None:
        end = await command.accept(scope, upgrade, Wanted(True, True, not tty, tty))
        got: asyncio.Queue[bytes] = asyncio.Queue()
        kubelet = self

        class Input:
            async def write(self, data: bytes) -> None:
                got.put_nowait(data)

            async def close_stdin(self) -> None:
                got.put_nowait(b"")

            async def resize(self, width: int, height: int) -> None:
                kubelet.sizes.append((width, height))
                got.put_nowait(b"")

        feeding = asyncio.ensure_future(end.feed(Input()))
        if not tty:
            await end.write(STDERR, b"ready")
        while data := await got.get():
            await end.write(STDOUT, data.upper())
        await end.finish(status.exited(9, "x"))
        await feeding

    async def _flood(self, scope: Any, upgrade: Any) -> None:
        end = await command.accept(scope, upgrade, Wanted(stdout=True))
        try:
            while self.sent < 256 * 1024 * 1024:
                await end.write(STDOUT, b"x" * 65536)
                self.sent += 65536
        except ConnectionError:
            pass

    @staticmethod
    async def _echo(forwarded: Forwarded) -> None:
        if forwarded.port == 1:
            await forwarded.end("nobody listens")
            return
        while data := await forwarded.read():
            await forwarded.write(data)
        await forwarded.end()


@pytest.fixture
async def kubelet(tmp_path: Path) -> AsyncIterator[tuple[Kubelet, int]]:
    pki.write_self_signed(tmp_path / "k.crt", tmp_path / "k.key", "kubelet", ["127.0.0.1"])
    made, listening = Kubelet(), listen("127.0.0.1", 0)
    tls = TLSFiles(str(tmp_path / "k.crt"), str(tmp_path / "k.key")).context()
    server = AsgiServer(made, UpgradeProtocol, listening, tls)
    await server.start()
    yield made, listening.getsockname()[1]
    await server.stop(0.1)


@pytest.fixture
async def api(tmp_path: Path, kubelet: tuple[Kubelet, int]) -> AsyncIterator[int]:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    app = APIServer(store, AuthSettings(), kubelets=KubeletSettings(preferred_address_types=("InternalIP",)))
    await app.start()
    listening = listen("127.0.0.1", 0)
    server = AsgiServer(app, PeerCertificateProtocol, listening)
    await server.start()
    port = listening.getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        await http.post("/api/v1/nodes", json={"metadata": {"name": "n"}})
        node = {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}]}
        node["daemonEndpoints"] = {"kubeletEndpoint": {"Port": kubelet[1]}}  # type: ignore[assignment]
        patch = {"content-type": "application/merge-patch+json"}
        await http.patch("/api/v1/nodes/n/status", content=json.dumps({"status": node}), headers=patch)
        account = {"metadata": {"name": "default"}}
        await http.post("/api/v1/namespaces/default/serviceaccounts", json=account)
        pod = {"metadata": {"name": "p"}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}}
        assert (await http.post("/api/v1/namespaces/default/pods", json=pod)).status_code == 201
    yield port
    await server.stop(0.1)
    await app.stop()


def client_of(port: int) -> ApiClient:
    return ApiClient(ClientConfig(server=f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize("sockets", [True, False], ids=["websocket", "spdy"])
async def test_exec_whatever_the_kubelet_speaks(kubelet: tuple[Kubelet, int], api: int, sockets: bool) -> None:
    kubelet[0].sockets = sockets
    async with client_of(api) as client:
        async with await streams.execute(client, "p", "default", ["a b", "c"], stdin=True) as running:
            out, err, end = await running.run(b"hello" * 50_000)
    assert (out, err, end.code) == (b"HELLO" * 50_000, b"ready", 9)
    path = "/exec/default/p/c?input=1&output=1&error=1&command=a+b&command=c"
    tried = [f"websocket {path}"] if sockets else [f"websocket {path}", f"spdy/3.1 {path}"]
    assert kubelet[0].seen == tried


@pytest.mark.parametrize("sockets", [True, False], ids=["websocket", "spdy"])
async def test_a_terminals_size(kubelet: tuple[Kubelet, int], api: int, sockets: bool) -> None:
    kubelet[0].sockets = sockets
    async with client_of(api) as client:
        async with await streams.execute(client, "p", "default", ["x"], stdin=True, tty=True) as running:
            await running.resize(80, 24)
            async for _ in running.output():
                pass
    assert kubelet[0].sizes == [(80, 24)] and running.exit is not None and running.exit.code == 9


async def tunnel(port: int) -> Tunnel:
    pairs = [(b"Host", b"h"), (b"Connection", b"Upgrade"), (b"Upgrade", b"websocket"),
             (b"Sec-WebSocket-Version", b"13"), (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
             (b"Sec-WebSocket-Protocol", TUNNEL.encode())]  # fmt: skip
    head, duplex = await dial.dial("127.0.0.1", port, dial.request_head("GET", f"{POD}/portforward", pairs))
    assert (head.status, head.header(b"sec-websocket-protocol")) == (101, TUNNEL)
    return Tunnel(WebSocket(duplex, server=False))


@pytest.mark.parametrize("sockets", [True, False], ids=["websocket", "spdy"])
async def test_port_forward_whatever_the_kubelet_speaks(kubelet: tuple[Kubelet, int], api: int, sockets: bool) -> None:
    kubelet[0].sockets = sockets
    async with SpdyConnection(await tunnel(api), server=False) as connection:

        async def one(request: int, port: int, content: bytes) -> tuple[bytes, bytes]:
            names = {"port": [str(port)], "requestID": [str(request)]}
            error = await connection.open({"streamType": ["error"], **names})
            await error.write_eof()
            data = await connection.open({"streamType": ["data"], **names})
            await data.write(content)
            await data.write_eof()
            got = [b"", b""]
            for index, stream in enumerate((data, error)):
                while piece := await stream.read():
                    got[index] += piece
            return got[0], got[1]

        answers = await asyncio.gather(*(one(number, 80, b"%d" % number * 100_000) for number in range(8)))
        assert answers == [(b"%d" % number * 100_000, b"") for number in range(8)]
        assert await one(9, 1, b"") == (b"", b"nobody listens")
        assert await one(10, 80, b"still there") == (b"still there", b"")


async def test_who_does_not_read_stops_the_kubelet(kubelet: tuple[Kubelet, int], api: int) -> None:
    async with client_of(api) as client:
        running = await streams.execute(client, "p", "default", ["flood"])
        reader = running.channels.messages()
        await anext(reader)
        before = -1
        async with asyncio.timeout(20):
            while kubelet[0].sent != before:
                before = kubelet[0].sent
                await asyncio.sleep(0.3)
        assert before < 32 * 1024 * 1024
        got = 0
        async for _, data in reader:
            got += len(data)
            if got > before:
                break
        assert kubelet[0].sent > before
        await running.close()


async def test_a_refusal_comes_as_the_kubelet_words_it(kubelet: tuple[Kubelet, int], api: int) -> None:
    kubelet[0].refusal = (500, b'container not found ("c")')
    async with client_of(api) as client:
        with pytest.raises(ApiError, match="container not found"):
            await streams.execute(client, "p", "default", ["x"])
    assert len(kubelet[0].seen) == 1
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{api}") as http:
        log = await http.get(f"{POD}/log")
        assert (log.status_code, log.json()["message"]) == (500, 'Internal error occurred: container not found ("c")')
        kubelet[0].refusal = (400, b"no such instance")
        log = await http.get(f"{POD}/log")
        assert (log.status_code, log.json()["reason"], log.json()["message"]) == (400, "BadRequest", "no such instance")


async def test_a_kubelet_that_is_not_there(kubelet: tuple[Kubelet, int], api: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    status = {"status": {"daemonEndpoints": {"kubeletEndpoint": {"Port": closed}}}}
    patch = {"content-type": "application/merge-patch+json"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{api}") as http:
        await http.patch("/api/v1/nodes/n/status", content=json.dumps(status), headers=patch)
        log = await http.get(f"{POD}/log")
        why = f"dial tcp 127.0.0.1:{closed}: connect: connection refused"
        assert log.json()["message"] == f'Get "https://127.0.0.1:{closed}/containerLogs/default/p/c": {why}'
        async with client_of(api) as client:
            with pytest.raises(ApiError, match=f"error dialing backend: {why}"):
                await streams.execute(client, "p", "default", ["x"])


async def test_an_upgrade_nobody_wanted_is_an_ordinary_request(api: int) -> None:
    pairs = [(b"Host", b"h"), (b"Connection", b"Upgrade"), (b"Upgrade", b"h2c")]
    head, duplex = await dial.dial("127.0.0.1", api, dial.request_head("GET", "/version", pairs))
    assert head.status == 200 and head.header(b"connection") == "close"
    assert b"gitVersion" in await dial.read_body(head, duplex)
    assert isinstance(duplex, TransportDuplex) and await duplex.read() == b""
