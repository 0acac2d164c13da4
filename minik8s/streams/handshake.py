"""The server's side of an upgrade to WebSocket or SPDY: which protocol, and the answer that agrees to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minik8s.streams import channels
from minik8s.streams.spdy.connection import SpdyConnection
from minik8s.streams.upgrade import Upgrade
from minik8s.streams.websocket import WebSocket, accept_key

Pairs = Iterable[tuple[bytes, bytes]]


class Refused(Exception):
    """The upgrade cannot be agreed on; `code` is the HTTP status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def header(headers: Pairs, name: bytes) -> str:
    """The first value of a header, "" when absent."""
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def offered(headers: Pairs, name: bytes) -> list[str]:
    """All the words of a header that lists them, in order."""
    words = (word for key, value in headers if key == name for word in value.decode("latin-1").split(","))
    return [stripped for word in words if (stripped := word.strip())]


def websocket(scope: Mapping[str, Any], upgrade: Upgrade, known: Sequence[str]) -> WebSocket:
    """Accept a WebSocket with one of the subprotocols in `known`. Raises Refused, ConnectionResetError."""
    headers = scope["headers"]
    key = header(headers, b"sec-websocket-key")
    if not key or header(headers, b"sec-websocket-version") != "13":
        raise Refused(400, "bad WebSocket handshake: Sec-WebSocket-Key and Sec-WebSocket-Version: 13 are needed")
    asked = offered(headers, b"sec-websocket-protocol")
    protocol = channels.agree(asked, known)
    if protocol is None:
        raise Refused(403, f"unable to negotiate protocol: client supports {asked}, server supports {list(known)}")
    answer = [
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", accept_key(key).encode()),
    ]
    if protocol:
        answer.append((b"Sec-WebSocket-Protocol", protocol.encode()))
    return WebSocket(upgrade.accept(answer), server=True, protocol=protocol)


def spdy(scope: Mapping[str, Any], upgrade: Upgrade, known: Sequence[str]) -> tuple[SpdyConnection, str]:
    """Accept SPDY/3.1 with one of the protocols in `known`; the connection is to be entered.

    Raises Refused, ConnectionResetError.
    """
    asked = offered(scope["headers"], channels.VERSION_HEADER)
    protocol = channels.agree(asked, known) if asked else known[-1]
    if protocol is None:
        raise Refused(
            403,
            f"unable to upgrade: unable to negotiate protocol: client supports {asked}, server supports {list(known)}",
        )
    answer = [(b"Connection", b"Upgrade"), (b"Upgrade", b"SPDY/3.1")]
    if asked:
        answer.append((b"X-Stream-Protocol-Version", protocol.encode()))
    return SpdyConnection(upgrade.accept(answer), server=True), protocol


def required(upgrade: Upgrade | None) -> Upgrade:
    """The upgrade a request must ask for. Raises Refused."""
    if upgrade is None or upgrade.protocol not in ("websocket", channels.SPDY):
        raise Refused(400, "Upgrade request required")
    return upgrade
