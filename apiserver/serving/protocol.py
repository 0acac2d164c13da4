"""uvicorn's HTTP protocol, telling of the client's certificate, its connection and upgrades; heads are bounded."""

from __future__ import annotations

import asyncio
import re
from typing import cast

import httptools

from apiserver.serving.gathering import GatheringTransport
from minik8s.streams.upgrade import UpgradeProtocol

MAX_HEAD_BYTES = 1024 * 1024
HEAD_SECONDS = 32.0
"""How long a client may take for the head of a request, as for kube-apiserver."""

_READ = -1
# The start of a request by a method that the parser does not know, and by one that it does.
_METHOD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (?=/)")
_KNOWN = b"POST"
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"\r\n431 Request Header Fields Too Large"
)


class PeerCertificateProtocol(UpgradeProtocol):
    """Puts the client's certificate in DER form into the request's state as `peer_certificate`.

    And the connection itself as `transport`: watches write to it directly; and as `hold` what makes the head of an
    answer wait for its body. A head that is too large is answered 431,
    and a client that does not end one in time is cut off.
    """

    _head = 0
    _received = b""
    _method = ""
    _between = True
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the certificate once for all requests of the connection."""
        gathering = GatheringTransport(transport)
        self.app_state = {**self.app_state, "transport": transport, "hold": gathering.hold}
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self.app_state = {**self.app_state, "peer_certificate": tls.getpeercert(True)}
        super().connection_made(cast(asyncio.Transport, gathering))
        self._late = self.loop.call_later(HEAD_SECONDS, self._cut_off)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """The method has been read."""
        self._between = False
        super().on_url(url)

    def on_message_complete(self) -> None:
        """The next thing to come is a request."""
        self._between = True
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """A head has ended."""
        self._head = _READ
        if self._late is not None:
            self._late.cancel()
            self._late = None
        super().on_headers_complete()
        if self._method:
            self.scope["method"], self._method = self._method, ""

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; a request by a method of its own is one, and refused where the others are."""
        found = _METHOD.match(self._received) if self._between and not self._method else None
        if found is None:
            super().send_400_response(msg)
            return
        self._method = found[1].decode("ascii")
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(_KNOWN + self._received[found.end(1) :])

    def data_received(self, data: bytes) -> None:
        """Parse; look at the size and the time of a head that has not ended with it."""
        self._received = data
        super().data_received(data)
        self._received = b""
        if self._head == _READ or self.transport.is_closing():
            return
        self._head += len(data)
        if self._head > MAX_HEAD_BYTES:
            self.transport.write(_TOO_LARGE)
            self.transport.close()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._cut_off)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        if self._late is not None:
            self._late.cancel()
            self._late = None
        super().connection_lost(exc)

    def _cut_off(self) -> None:
        self._late = None
        self.transport.close()
