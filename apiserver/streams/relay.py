"""Passing an upgrade on: what the client asks is asked of the backend, and from its 101 on bytes are only carried."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Sequence

from apiserver.call import Call
from apiserver.streams.dial_errors import dialing
from apiserver.streams.kubelets import failure
from minik8s.streams import dial
from minik8s.streams.dial import Head
from minik8s.streams.duplex import TransportDuplex, pipe
from minik8s.streams.upgrade import Upgrade

_NOT_PASSED = frozenset(
    (b"host", b"authorization", b"content-length", b"transfer-encoding", b"origin", b"x-remote-user", b"x-remote-group")
)
_TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io."


def passed_on(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The client's headers without those that prove or claim who it is."""
    found = []
    for name, value in headers:
        if name in _NOT_PASSED or name.startswith((b"impersonate-", b"x-remote-extra-")):
            continue
        if name == b"sec-websocket-protocol":
            words = [word.strip() for word in value.decode("latin-1").split(",")]
            value = ", ".join(word for word in words if not word.startswith(_TOKEN_PROTOCOL)).encode("latin-1")
            if not value:
                continue
        found.append((name, value))
    return found


async def ask(
    call: Call,
    host: str,
    port: int,
    target: str,
    tls: ssl.SSLContext | None,
    headers: Sequence[tuple[bytes, bytes]],
    seconds: float,
    method: str = "",
) -> tuple[Head, TransportDuplex]:
    """Send a request that asks for an upgrade to a backend. Raises StatusError (500) when it cannot be reached."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    with_host = headers if any(name == b"host" for name, _ in headers) else [(b"Host", address.encode()), *headers]
    head = dial.request_head(method or call.scope["method"], target, with_host)
    try:
        return await dial.dial(host, port, head, tls, seconds=seconds)
    except (OSError, TimeoutError) as error:
        raise failure(f"error dialing backend: {dialing(host, port, error)}") from None


async def carry(call: Call, upgrade: Upgrade, head: Head, backend: TransportDuplex) -> None:
    """Give the client the backend's answer: its 101 and all bytes after it, or its refusal."""
    if head.status != 101:
        await refuse(call, head, backend)
        return
    taken(call)
    try:
        client = upgrade.take(head.raw)
    except ConnectionError:
        backend.abort()
        raise
    await pipe(client, backend)


def taken(call: Call) -> None:
    """Note that the connection is no longer HTTP."""
    call.begun(101)


async def refuse(call: Call, head: Head, backend: TransportDuplex) -> None:
    """Pass a backend's refusal on as it is."""
    body = await dial.read_body(head, backend)
    await backend.close()
    content_type = head.header(b"content-type") or "text/plain; charset=utf-8"
    await call.respond_raw(head.status, body, [(b"content-type", content_type.encode("latin-1"))])
