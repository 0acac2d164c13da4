"""The sockets: UDP with the fast path for hot answers, TCP with several questions a connection."""

from __future__ import annotations

import asyncio
import contextlib
import struct

import structlog

from clusterdns.responder import Responder
from minik8s.daemon.run import check_port, not_listening

log = structlog.get_logger("dns")

IDLE_SECONDS = 10.0
MOST_TASKS = 2000


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        known = self._responder.hot(data)
        if known is not None:
            self._transport.sendto(known, addr)
        elif len(self._tasks) < MOST_TASKS:
            task = asyncio.create_task(self._answer(data, addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            out = await self._responder.respond(data)
        except Exception:
            log.exception("a question could not be answered", client=addr[0])
            return
        if out is not None and self._transport is not None:
            self._transport.sendto(out, addr)


class DnsServer:
    """Listens on one address, UDP and TCP; use `start` and `stop`."""

    def __init__(self, responder: Responder, host: str, port: int) -> None:
        self._responder, self._host, self._port = responder, host, port
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port served on."""
        return int(self._tcp.sockets[0].getsockname()[1]) if self._tcp else self._port

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        check_port(self._host, self._port)
        try:
            self._tcp = await asyncio.start_server(self._connection, self._host, self._port, reuse_address=True)
            loop = asyncio.get_running_loop()
            where = (self._host, self.port)
            self._udp, _ = await loop.create_datagram_endpoint(lambda: _Udp(self._responder), local_addr=where)
        except OSError as error:
            await self.stop()
            raise not_listening(self._host, self._port, error) from None

    async def stop(self) -> None:
        """Close the sockets."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                async with asyncio.timeout(IDLE_SECONDS):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    data = await reader.readexactly(length)
                out = await self._responder.respond(data, tcp=True)
                if out is None:
                    return
                writer.write(struct.pack("!H", len(out)) + out)
                await writer.drain()
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            return
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
