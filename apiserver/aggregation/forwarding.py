"""Requests passed on to the server behind an APIService, with who sent them; answers, watches and upgrades back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from apiserver.aggregation.errors import plain
from apiserver.aggregation.identity import identity_headers, without_identity
from apiserver.aggregation.remotes import Misconfigured, Remote, Remotes, Unreachable
from apiserver.aggregation.target import target
from apiserver.call import Call, ClientGone
from apiserver.streams import relay
from apiserver.streams.backend import Backends, pump
from apiserver.webhooks.services import Address
from apiserver.webhooks.wording import connection_error
from minik8s.streams import dial
from minik8s.streams.upgrade import Upgrade, upgrade_of

if TYPE_CHECKING:
    import aiohttp

_HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
_NOT_PASSED = frozenset((b"expect", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-uri"))
_SECONDS = 30.0
_TEXT = b"text/plain; charset=utf-8"


class Forwarding:
    """Passes requests on."""

    def __init__(self, remotes: Remotes, backends: Backends) -> None:
        self._remotes = remotes
        self._backends = backends

    async def forward(self, call: Call, remote: Remote) -> None:
        """Answer a request with what the remote answers, 503 where it cannot be asked."""
        import aiohttp

        try:
            address, tls = self._remotes.reach(remote)
        except Misconfigured as error:
            await refused(call, 500, str(error))
            return
        except Unreachable:
            await unavailable(call, "service unavailable")
            return
        if not remote.available:
            await unavailable(call, "service unavailable")
            return
        asked = target(call.info.path, call.scope["query_string"])
        try:
            upgrade = upgrade_of(call.scope)
            if upgrade is not None:
                await self._upgrade(call, upgrade, remote, address, asked)
                return
            host = f"[{address.host}]" if ":" in address.host else address.host
            method = call.scope["method"]
            async with self._backends.request(
                method,
                f"https://{host}:{address.port}{asked}",
                tls,
                _headers(call, remote, address),
                _body(call) if _has_body(call) else None,
                server_name=remote.server_name,
            ) as answer:
                headers = _answer_headers(answer, call)
                if answer.status in (204, 304) or method == "HEAD":
                    await call.begin(answer.status, headers)
                    await call.send({"type": "http.response.body", "body": b""})
                else:
                    await pump(call, answer, headers)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            if call.started:
                raise ClientGone from None
            await unavailable(call, connection_error(address.host, address.port, plain(error)))

    async def _upgrade(self, call: Call, upgrade: Upgrade, remote: Remote, address: Address, asked: str) -> None:
        _, tls = self._remotes.reach(remote)
        passed = [
            (name, value)
            for name, value in relay.passed_on(without_identity(call.scope["headers"]))
            if name not in _NOT_PASSED
        ]
        said = [(name.encode(), value.encode()) for name, value in _forwarded(call, remote, address)]
        if any(b"\n" in value or b"\r" in value for _, value in said):
            raise ValueError("a header holds a line break")
        head = dial.request_head(call.scope["method"], asked, [*said, *passed])
        answer, backend = await dial.dial(address.host, address.port, head, tls, remote.server_name, _SECONDS)
        await relay.carry(call, upgrade, answer, backend)


async def unavailable(call: Call, why: str) -> None:
    """503 in plain text, as the aggregator of Kubernetes answers."""
    await refused(call, 503, why)


async def refused(call: Call, code: int, why: str) -> None:
    """A refusal in plain text."""
    headers = [*call.headers(_TEXT), (b"x-content-type-options", b"nosniff")]
    await call.respond_raw(code, f"{why}\n".encode(), headers)


def _forwarded(call: Call, remote: Remote, address: Address) -> list[tuple[str, str]]:
    before = call.header(b"x-forwarded-for")
    host = f"[{address.host}]" if ":" in address.host else address.host
    return [
        ("Host", f"{remote.server_name}:{remote.port}"),
        ("X-Forwarded-For", f"{before}, {call.peer}" if before else call.peer),
        ("X-Forwarded-Host", f"{host}:{address.port}"),
        ("X-Forwarded-Proto", call.scope.get("scheme", "https")),
        ("X-Forwarded-Uri", call.info.path),
        ("Audit-Id", call.audit_id),
        *identity_headers(call.user),
    ]


def _headers(call: Call, remote: Remote, address: Address) -> list[tuple[str, str]]:
    listed = {word.strip().lower().encode() for word in call.header(b"connection").split(",")}
    found = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in relay.passed_on(without_identity(call.scope["headers"]))
        if name not in _HOP_BY_HOP and name not in _NOT_PASSED and name not in listed and name != b"audit-id"
    ]
    if length := call.header(b"content-length"):
        found.append(("Content-Length", length))
    return [*found, *_forwarded(call, remote, address)]


def _has_body(call: Call) -> bool:
    return call.header(b"content-length") not in ("", "0") or bool(call.header(b"transfer-encoding"))


async def _body(call: Call) -> AsyncIterator[bytes]:
    while True:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if body := message.get("body", b""):
            yield body
        if not message.get("more_body"):
            return


def _answer_headers(answer: aiohttp.ClientResponse, call: Call) -> list[tuple[bytes, bytes]]:
    found = [
        (name.lower(), value)
        for name, value in answer.raw_headers
        if name.lower() not in _HOP_BY_HOP and name.lower() != b"audit-id"
    ]
    return [*found, *call.extra_headers]
