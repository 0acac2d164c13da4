"""Serving an ASGI application with uvicorn's protocol and nothing of uvicorn's server: no ticking, sockets of ours."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from minik8s.daemon.run import check_port, not_listening

# Whoever is asked may wish for any status of three digits; what has no name is told as Go tells it.
for _code in range(600, 1000):
    STATUS_LINE.setdefault(_code, f"HTTP/1.1 {_code} status code {_code}\r\n".encode())


class AsgiServer:
    """An application on one listening socket. `start` raises OSError; `stop` gives requests under way some seconds."""

    def __init__(
        self,
        app: Callable[..., Any],
        protocol: type[HttpToolsProtocol],
        listening: socket.socket,
        tls: ssl.SSLContext | None = None,
        keep_alive_seconds: int = 120,
    ) -> None:
        self._config = uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=keep_alive_seconds,
        )
        self._protocol = protocol
        self._state = ServerState()
        self._socket = listening
        self._tls = tls
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Accept connections."""
        self._config.load()

        def connected() -> HttpToolsProtocol:
            return self._protocol(config=self._config, server_state=self._state, app_state={})

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(connected, sock=self._socket, ssl=self._tls, backlog=1024)

    async def stop(self, seconds: float = 3.0) -> None:
        """Accept no more, close idle connections, and after `seconds` end the requests still under way."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        under_way = set(self._state.tasks)
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for connection in list(self._state.connections):
            if isinstance(connection, HttpToolsProtocol) and connection.transport is not None:
                connection.transport.abort()


def listen(address: str, port: int) -> socket.socket:
    """A listening TCP socket. Raises OSError that names the address."""
    check_port(address, port)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # asyncio switches Nagle's delay off only where the protocol is named.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(1024)
        made.setblocking(False)
    except OSError as error:
        made.close()
        raise not_listening(address, port, error) from None
    return made
