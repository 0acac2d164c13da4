"""A watcher that does not read is cut off; those who read, and the server's memory, do not notice."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from pathlib import Path

import aiohttp

from tests.support.api_server import ApiServer
from tests.support.etcd_servers import free_ports

PATH = "/api/v1/namespaces/default/configmaps"
CHANGES, SIZE = 60, 600_000


def resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


async def deaf_watcher(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    context = ssl._create_unverified_context()
    reader, writer = await asyncio.open_connection(sock=raw, ssl=context, server_hostname="localhost", limit=2**14)
    writer.write(f"GET {PATH}?watch=1&resourceVersion=0 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert b"200" in await reader.readline()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return reader, writer


async def test_a_watcher_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    server = ApiServer(tmp_path, "api", port, f"--sqlite-path={tmp_path}/db")
    server.start()
    try:
        await server.ready()
        assert server.process is not None
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False), read_bufsize=2**21) as session:
            deaf = [await deaf_watcher(port) for _ in range(4)]
            seen: list[str] = []

            async def follow() -> None:
                async with session.get(f"{server.url}{PATH}?watch=1&resourceVersion=0") as answer:
                    async for line in answer.content:
                        data = json.loads(line)["object"].get("data", {})
                        if "n" in data:
                            seen.append(data["n"])
                        if len(seen) == CHANGES:
                            return

            following = asyncio.create_task(follow())
            await asyncio.sleep(0.2)
            body = {"metadata": {"name": "big"}, "data": {"n": "0", "x": "x" * SIZE}}
            async with session.post(server.url + PATH, json=body) as answer:
                assert answer.status == 201, await answer.text()
            for n in range(1, CHANGES):
                body["data"] = {"n": str(n), "x": "x" * SIZE}
                async with session.put(f"{server.url}{PATH}/big", json=body) as answer:
                    assert answer.status == 200, await answer.text()
            await asyncio.wait_for(following, 30)
            assert seen == [str(n) for n in range(CHANGES)]
            assert resident(server.process.pid) < 400
            for reader, writer in deaf:
                writer.transport.resume_reading()  # type: ignore[attr-defined]
                got = 0
                try:
                    while piece := await asyncio.wait_for(reader.read(2**20), 10):
                        got += len(piece)
                except (ConnectionError, ssl.SSLError):
                    pass
                # Cut off in the middle, not ended politely after everything.
                assert got < CHANGES * SIZE
                writer.close()
    finally:
        server.stop()
