from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from minik8s.client import streams
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import ConnectionFailed

Serve = Callable[[web.Request, web.WebSocketResponse], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(serve: Serve, *protocols: str) -> AsyncIterator[ApiClient]:
    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=protocols)
        await socket.prepare(request)
        await serve(request, socket)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with ApiClient(ClientConfig(server=f"http://127.0.0.1:{runner.addresses[0][1]}")) as client:
        yield client
    await runner.cleanup()


def failure(code: int) -> bytes:
    cause = {"reason": "ExitCode", "message": str(code)}
    status = {"status": "Failure", "reason": "NonZeroExitCode", "message": "failed", "details": {"causes": [cause]}}
    return json.dumps(status).encode()


async def test_a_command_gets_its_input_and_tells_its_end() -> None:
    async def serve(request: web.Request, socket: web.WebSocketResponse) -> None:
        assert request.path == "/api/v1/namespaces/ns/pods/p/exec"
        assert request.query.getall("command") == ["cat", "-"] and request.query["container"] == "c"
        got = b""
        async for message in socket:
            assert message.type == aiohttp.WSMsgType.BINARY
            if message.data == bytes((255, 0)):
                break
            got += message.data[1:]
        await socket.send_bytes(b"\x01")
        await socket.send_bytes(b"\x01" + got)
        await socket.send_bytes(b"\x02oops")
        await socket.send_bytes(b"\x03" + failure(3))

    async with serving(serve, streams.V5) as client:
        async with await streams.execute(client, "p", "ns", ["cat", "-"], "c", stdin=True) as command:
            out, err, end = await command.run(b"x" * 100_000)
    assert (out, err, end.code) == (b"x" * 100_000, b"oops", 3)


async def test_success_and_a_stream_that_ends_early() -> None:
    async def serve(request: web.Request, socket: web.WebSocketResponse) -> None:
        if request.query["command"] == "true":
            await socket.send_bytes(b'\x03{"status":"Success"}')

    async with serving(serve, streams.V4) as client:
        assert (await (await streams.execute(client, "p", "ns", ["true"])).run())[2] == streams.Exit(0, "")
        with pytest.raises(streams.StreamClosed):
            await (await streams.execute(client, "p", "ns", ["false"])).run()


async def test_a_forwarded_port() -> None:
    async def serve(request: web.Request, socket: web.WebSocketResponse) -> None:
        await socket.send_bytes(b"\x00\x50\x00")
        await socket.send_bytes(b"\x01\x50\x00")
        message = await socket.receive()
        await socket.send_bytes(b"\x00" + message.data[1:].upper())
        await socket.send_bytes(b"\x01connection refused")

    async with serving(serve, streams.V4) as client:
        forward = await streams.port_forward(client, "p", "ns", 80)
        await forward.send(b"hello")
        got = []
        with pytest.raises(ConnectionFailed, match="connection refused"):
            async for data in forward.received():
                got.append(data)
        assert got == [b"HELLO"]
        await forward.close()
