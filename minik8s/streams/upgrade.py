"""HTTP upgrades for ASGI applications on uvicorn: any protocol, refused like any other request or taken as bytes.

uvicorn itself only knows WebSockets. Under `UpgradeProtocol` a request that asks for an upgrade is an ordinary HTTP
request with an `Upgrade` in its scope: the application answers it (a Status, a redirect), or accepts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from minik8s.streams.duplex import TransportDuplex, notice_dead_peers

EXTENSION = "minik8s.upgrade"
_MOST_HELD = 256 * 1024
Headers = Sequence[tuple[bytes, bytes]]


class Upgrade:
    """A client's wish to speak another protocol on this connection. `protocol` is as asked, in lower case."""

    def __init__(self, owner: UpgradeProtocol, protocol: str) -> None:
        self._owner = owner
        self.protocol = protocol
        self.accepted = False
        self._duplex: TransportDuplex | None = None
        self.held = b""
        """What the client sent before it was answered."""

    def accept(self, headers: Headers) -> TransportDuplex:
        """Answer 101 with `headers` (Connection and Upgrade among them) and take the connection."""
        lines = [b"HTTP/1.1 101 Switching Protocols\r\n"]
        lines += [name + b": " + value + b"\r\n" for name, value in headers]
        return self.take(b"".join(lines) + b"\r\n")

    def take(self, head: bytes) -> TransportDuplex:
        """Write the head of an answer as it is and take the connection. Raises ConnectionResetError."""
        owner = self._owner
        if owner.transport is None or owner.transport.is_closing():
            raise ConnectionResetError("the client has gone")
        self.accepted = True
        owner.cycle.response_started = owner.cycle.response_complete = True
        transport = owner.transport
        transport.write(head)
        duplex = TransportDuplex(on_lost=owner.connection_lost)
        duplex.take_over(transport, self.held)
        self.held = b""
        self._duplex = duplex
        return duplex

    async def finished(self) -> None:
        """The application has returned, or failed: nobody will read or write any more."""
        if self._duplex is not None:
            await self._duplex.close()


def upgrade_of(scope: Mapping[str, Any]) -> Upgrade | None:
    """The upgrade a request asks for."""
    found: Upgrade | None = scope.get("extensions", {}).get(EXTENSION)
    return found


class UpgradeProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol that hands upgrades to the application."""

    _upgrade: Upgrade | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; streams and watches may be silent for hours, and their clients gone."""
        notice_dead_peers(transport)
        super().connection_made(transport)

    def on_headers_complete(self) -> None:
        """Put the wish into the scope before the application sees the request."""
        if self.parser.should_upgrade() and (asked := self._get_upgrade()):
            self._upgrade = Upgrade(self, asked.decode("latin-1"))
            self.scope["extensions"] = {EXTENSION: self._upgrade}  # type: ignore[dict-item]
            self.app = _closing(self.app, self._upgrade)
        super().on_headers_complete()
        if self._upgrade is not None:
            # A refused upgrade ends the connection: what follows the request may not be HTTP.
            self.cycle.keep_alive = False

    def data_received(self, data: bytes) -> None:
        """Parse, and once an upgrade is asked for keep what follows for whoever takes the connection."""
        if self._upgrade is not None:
            self._upgrade.held += data
            if len(self._upgrade.held) > _MOST_HELD:
                # Whoever takes the connection reads on.
                self.transport.pause_reading()
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as parsed:
            if self._upgrade is not None:
                self._upgrade.held += data[parsed.args[0] :]
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application; after an accepted upgrade the one who took the connection calls this."""
        super().connection_lost(exc)
        if self._upgrade is not None:
            self._upgrade.held = b""


def _closing(app: Any, upgrade: Upgrade) -> Any:
    async def run(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        finally:
            await upgrade.finished()

    return run


def peer_names(transport: asyncio.BaseTransport) -> Mapping[str, Any] | None:
    """The verified client certificate in `ssl`'s getpeercert form."""
    tls = transport.get_extra_info("ssl_object")
    found: Mapping[str, Any] | None = tls.getpeercert() if tls is not None else None
    return found or None
