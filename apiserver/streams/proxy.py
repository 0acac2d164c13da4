"""proxy of Pods, Services and Nodes: any method and any upgrade, passed on to what they name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext
from typing import TYPE_CHECKING

from apiserver.admission.chain import AdmissionChain
from apiserver.call import Call, ClientGone
from apiserver.streams import relay
from apiserver.streams.backend import Backends, pump
from apiserver.streams.dial_errors import dialing
from apiserver.streams.kubelets import Kubelets
from apiserver.streams.pods import admit_connect
from apiserver.streams.rewrite import MOST_BYTES, Links
from apiserver.streams.targets import Target, Targets, unavailable
from minik8s.streams.upgrade import upgrade_of

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
_CORS = tuple(f"access-control-allow-{what}" for what in ("credentials", "headers", "methods", "origin"))
_WITHOUT_BODY = ("GET", "HEAD", "OPTIONS", "TRACE")


class Proxy:
    """The endpoints `proxy` of pods, services and nodes."""

    def __init__(
        self, kubelets: Kubelets, targets: Targets, backends: Backends, admission: AdmissionChain | None
    ) -> None:
        self._kubelets = kubelets
        self._targets = targets
        self._backends = backends
        self._admission = admission
        self._unverified = SSLContext(PROTOCOL_TLS_CLIENT)
        self._unverified.check_hostname = False
        self._unverified.verify_mode = CERT_NONE

    async def pod(self, call: Call) -> None:
        """To a Pod."""
        await self._admit(call)
        await self._pass_on(call, await self._targets.pod(call.info.name, call.info.namespace))

    async def service(self, call: Call) -> None:
        """To one of a Service's endpoints."""
        await self._admit(call)
        await self._pass_on(call, await self._targets.service(call.info.name, call.info.namespace))

    async def node(self, call: Call) -> None:
        """To a Node's kubelet or another of its ports."""
        await self._admit(call)
        await self._pass_on(call, await self._targets.node(call.info.name))

    async def _admit(self, call: Call) -> None:
        if self._admission is not None:
            await admit_connect(self._admission, call, call.info.resource, "proxy")

    async def _pass_on(self, call: Call, target: Target) -> None:
        prefix, path = divided(call.info.path)
        query = call.scope["query_string"].decode("latin-1")
        tail = f"?{query}" if query else ""
        upgrade = upgrade_of(call.scope)
        tls = None
        if target.scheme == "https":
            # Of Pods and Services nobody knows who signed their certificates.
            tls = self._kubelets.tls() if target.kubelet else self._unverified
        if upgrade is not None:
            headers = [*relay.passed_on(call.scope["headers"]), (b"Host", call.header(b"host").encode("latin-1"))]
            seconds = self._kubelets.settings.timeout if target.kubelet else 30.0
            head, backend = await relay.ask(
                call, target.host, target.to_port, (path or "/") + tail, tls, headers, seconds
            )
            await relay.carry(call, upgrade, head, backend)
            return
        if not path and call.scope["method"] in ("GET", "HEAD"):
            location = f"{call.info.path}/{tail}".encode("latin-1")
            await call.respond_raw(301, b"", [(b"location", location)])
            return
        await self._http(call, target, f"{target.scheme}://{target.authority}{path or '/'}{tail}", prefix, tls)

    async def _http(self, call: Call, target: Target, url: str, prefix: str, tls: SSLContext | None) -> None:
        import aiohttp

        method = call.scope["method"]
        body = None if method in _WITHOUT_BODY and not _has_body(call) else _body(call)
        try:
            async with self._backends.request(method, url, tls, _request_headers(call), body) as answer:
                host = call.header(b"host")
                links = Links(prefix, target.authority, host)
                headers = _answer_headers(answer, links)
                if answer.status in (204, 304) or method == "HEAD":
                    await call.begin(answer.status, headers)
                    await call.send({"type": "http.response.body", "body": b""})
                elif "text/html" in answer.headers.get("Content-Type", "") and await _rewritten(call, answer, links):
                    return
                else:
                    await pump(call, answer, headers)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
            why = dialing(target.host, target.to_port, cause)
            raise unavailable(f"error trying to reach service: {why}") from None


def divided(path: str) -> tuple[str, str]:
    """A request's path up to and with `/proxy`, and what follows it, both as sent."""
    parts = path.split("/")
    # /api/v1/nodes/NAME/proxy… or /api/v1/namespaces/NS/RESOURCE/NAME/proxy…
    filled = [index for index, part in enumerate(parts) if part]
    end = filled[6] if parts[filled[2]] == "namespaces" else filled[4]
    prefix = "/".join(parts[: end + 1])
    return prefix, path[len(prefix) :]


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


def _request_headers(call: Call) -> list[tuple[str, str]]:
    listed = {word.strip().lower().encode() for word in call.header(b"connection").split(",")}
    found = [
        (name.decode("latin-1").title(), value.decode("latin-1"))
        for name, value in relay.passed_on(call.scope["headers"])
        if name not in _HOP_BY_HOP and name not in listed and name not in (b"x-forwarded-for", b"expect")
    ]
    if length := call.header(b"content-length"):
        found.append(("Content-Length", length))
    before = call.header(b"x-forwarded-for")
    found.append(("X-Forwarded-For", f"{before}, {call.peer}" if before else call.peer))
    found.append(("X-Forwarded-Host", call.header(b"host")))
    found.append(("X-Forwarded-Proto", call.scope.get("scheme", "https")))
    found.append(("X-Forwarded-Uri", divided(call.info.path)[0]))
    if host := call.header(b"host"):
        found.append(("Host", host))
    return found


def _answer_headers(answer: aiohttp.ClientResponse, links: Links) -> list[tuple[bytes, bytes]]:
    found = []
    for name, value in answer.raw_headers:
        lower = name.lower()
        if lower in _HOP_BY_HOP or lower.decode("latin-1") in _CORS:
            continue
        if lower == b"location":
            value = links.link(value.decode("latin-1")).encode("latin-1")
        found.append((lower, value))
    return found


async def _rewritten(call: Call, answer: aiohttp.ClientResponse, links: Links) -> bool:
    """Answer with a page whose links are rewritten; False where it is packed in an unknown way or too long to hold."""
    encoding = answer.headers.get("Content-Encoding", "").lower()
    if encoding not in ("", "identity", "gzip", "deflate") or (answer.content_length or 0) > MOST_BYTES:
        return False
    raw = bytearray()
    async for piece in answer.content.iter_any():
        raw += piece
        if len(raw) > MOST_BYTES:
            await pump(call, answer, _answer_headers(answer, links), bytes(raw))
            return True
    page = _page(bytes(raw), encoding, answer.charset or "utf-8", links)
    headers = [pair for pair in _answer_headers(answer, links) if pair[0] != b"content-length"]
    await call.respond_raw(answer.status, page, headers)
    return True


def _page(raw: bytes, encoding: str, charset: str, links: Links) -> bytes:
    """The page as it goes out; one that cannot be read goes out as it came."""
    try:
        if encoding == "gzip":
            return gzip.compress(_text(_unpacked(raw, 16 + zlib.MAX_WBITS), charset, links), 6)
        if encoding == "deflate":
            return zlib.compress(_text(_unpacked(raw, -zlib.MAX_WBITS), charset, links))[2:-4]
        return _text(raw, charset, links)
    except (_TooLong, zlib.error, UnicodeError, LookupError):
        return raw


class _TooLong(Exception):
    pass


def _unpacked(raw: bytes, window: int) -> bytes:
    unpacker = zlib.decompressobj(window)
    found = unpacker.decompress(raw, 4 * MOST_BYTES)
    if unpacker.unconsumed_tail:
        # A small answer may unpack to any length: a Pod must not fill the server's memory.
        raise _TooLong
    return found


def _text(body: bytes, charset: str, links: Links) -> bytes:
    return links.page(body.decode(charset)).encode(charset)
