"""Clients here ask for answers as they are: packing and unpacking costs more than the bytes."""

from __future__ import annotations

import asyncio

from minik8s.client.kubeconfig import ClientConfig
from minik8s.client.transport import HttpTransport
from minik8s.clock import SystemClock


async def test_answers_are_asked_for_uncompressed() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = HttpTransport(ClientConfig(server=f"http://127.0.0.1:{port}"), SystemClock())
    try:
        await transport.request("GET", "/version", {}, b"", {}, 5)
    finally:
        await transport.close()
        server.close()
    assert seen[0].lower().count(b"accept-encoding:") == 1 and b"accept-encoding: identity" in seen[0].lower()
