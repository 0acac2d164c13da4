"""One request on its way: what came, who sent it, and how to answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sequence
from email.utils import formatdate
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

import msgspec

from apiserver import compression
from apiserver.audit.record import audit_id
from apiserver.auth import selectors
from apiserver.auth.errors import StatusError, bad_request
from apiserver.auth.protocols import Attributes, Credentials, User
from apiserver.beside import LARGE, run_if
from apiserver.forms.documents import encoded
from apiserver.negotiation import PLAIN, Output, choose, wants_pretty
from apiserver.request_info import RequestInfo, is_true, parse
from minik8s.api.meta_v1 import Status
from minik8s.machinery.times import parse_duration

if TYPE_CHECKING:
    from apiserver.audit.record import Record

Message = MutableMapping[str, Any]
BODY_LIMIT = 3 * 1024 * 1024
JSON = b"application/json"
NO_SNIFF = (b"x-content-type-options", b"nosniff")
"""The header that tells browsers to believe the content type."""
# Pairs of a query that Go's reader passes over.
_UNREADABLE = re.compile("%(?![0-9A-Fa-f]{2})|;")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f]")
# Characters of all warnings of an answer together, and of each where that is too much.
_ALL_WARNINGS = 4096
_LONG_WARNING = 256
_PIECE = 256 * 1024
_SMALL_PIECE = 128 * 1024
_PACKED_PIECE = 1024 * 1024
_LONG_RUNNING = frozenset({"attach", "exec", "log", "portforward", "proxy"})


def warning_headers(warnings: list[str]) -> list[bytes]:
    """The values of Warning headers, each warning once; many or long ones are cut short as Kubernetes does.

    Those that say nothing and those that no header can hold are left out.
    """
    texts = [warning for warning in dict.fromkeys(warnings) if warning and not _UNPRINTABLE.search(warning)]
    if sum(map(len, texts)) > _ALL_WARNINGS:
        texts = [text[:_LONG_WARNING] for text in texts]
    found = []
    left = _ALL_WARNINGS
    for text in texts:
        left -= len(text)
        if left < 0:
            break
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        found.append(f'299 - "{quoted}"'.encode("utf-8", "replace"))
    return found


class _Date:
    second: ClassVar[int] = 0
    text: ClassVar[bytes] = b""


def _date() -> bytes:
    """The time as HTTP writes it; made once a second."""
    now = int(time.time())
    if now != _Date.second:
        _Date.second, _Date.text = now, formatdate(now, usegmt=True).encode()
    return _Date.text


class ClientGone(Exception):
    """The client left before its request was read."""


class Call:
    """A request and its answer.

    `user` is known once it is authenticated; `record` is its audit record, where one is kept, and `notes` what goes
    there; `on_begin` is called when the answer begins, `on_finish` when it is out, whatever it was. `code` and
    `failure` say what it was.
    """

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        query = scope["query_string"].decode("latin-1")
        if _UNREADABLE.search(query):
            query = "&".join(pair for pair in query.split("&") if not _UNREADABLE.search(pair))
        self.query: dict[str, str] = {}
        self.query_values: dict[str, list[str]] = {}
        for key, value in parse_qsl(query, keep_blank_values=True) if query else ():
            self.query.setdefault(key, value)
            self.query_values.setdefault(key, []).append(value)
        watch = "watch" in self.query and is_true(self.query["watch"])
        selector = self.query.get("fieldSelector", "")
        self.info: RequestInfo = parse(
            scope["method"], scope["raw_path"].decode("latin-1"), watch=watch, field_selector=selector
        )
        self.user = User("")
        self.warnings: list[str] = []
        self.output: Output = PLAIN
        self.notes: dict[str, str] = {}
        self.record: Record | None = None
        self.on_begin: list[Callable[[], None]] = []
        self.on_finish: list[Callable[[], None]] = []
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.started = False
        self.size = 0
        """Bytes of the answer's body that were sent; not of streams."""
        self.code = 0
        self.failure: Status | None = None
        self._body: bytes | None = None

    @property
    def credentials(self) -> Credentials:
        """What the request says about its sender."""
        certificate = self.scope.get("state", {}).get("peer_certificate")
        chain = (certificate,) if certificate else ()
        return Credentials(headers=self.scope["headers"], peer_certificates=chain, path=self.info.path)

    @property
    def attributes(self) -> Attributes:
        """What the request wants to do, as authorizers see it."""
        info = self.info
        fields, labels = selectors.of_query(info.verb, self.query)
        return Attributes(
            self.user,
            info.verb,
            info.namespace,
            info.group,
            info.version,
            info.resource,
            info.subresource,
            info.name,
            info.is_resource,
            info.path,
            fields,
            labels,
        )

    @property
    def long_running(self) -> bool:
        """Whether the answer may take for ever: no time limit, no seat."""
        info = self.info
        return info.is_resource and (info.verb in ("watch", "proxy") or info.subresource in _LONG_RUNNING)

    def time_limit(self, most: float) -> float:
        """Seconds the answer may take: what the query asks for, at most `most`. Raises StatusError (400)."""
        text = self.query.get("timeout", "")
        if not text:
            return most
        try:
            seconds = parse_duration(text).total_seconds()
        except ValueError:
            raise bad_request("invalid timeout specified in the request URL") from None
        return min(seconds or most, most)

    @property
    def uri(self) -> str:
        """Path and query as sent."""
        query = self.scope["query_string"].decode("latin-1")
        return f"{self.info.path}?{query}" if query else self.info.path

    @property
    def peer(self) -> str:
        """The address the connection comes from, "" when unknown."""
        client = self.scope.get("client")
        return client[0] if client else ""

    def header(self, name: bytes) -> str:
        """The first value of a header, "" when absent."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    async def body(self) -> bytes:
        """The whole body. Raises StatusError (413) or ClientGone."""
        if self._body is not None:
            return self._body
        message = await self.receive()
        if not message.get("more_body") and message["type"] == "http.request":
            body: bytes = message.get("body", b"")
            if len(body) > BODY_LIMIT:
                raise self._too_large()
            self._body = body
            return body
        parts = bytearray()
        while True:
            if message["type"] == "http.disconnect":
                raise ClientGone
            parts += message.get("body", b"")
            if len(parts) > BODY_LIMIT:
                raise self._too_large()
            if not message.get("more_body"):
                self._body = bytes(parts)
                return self._body
            message = await self.receive()

    @property
    def received(self) -> int:
        """Bytes of the body that were read, 0 as long as none were."""
        return len(self._body) if self._body is not None else 0

    @staticmethod
    def _too_large() -> StatusError:
        text = f"Request entity too large: limit is {BODY_LIMIT}"
        return StatusError(Status(status="Failure", message=text, reason="RequestEntityTooLarge", code=413))

    def headers(self, content_type: bytes) -> list[tuple[bytes, bytes]]:
        """The headers every answer has."""
        found = [(b"content-type", content_type), (b"cache-control", b"no-cache, private"), *self.extra_headers]
        if self.warnings:
            found += [(b"warning", value) for value in warning_headers(self.warnings)]
        return found

    @cached_property
    def audit_id(self) -> str:
        """What the request is known by, in its answer and in audit events."""
        return _UNPRINTABLE.sub("", audit_id({"audit-id": self.header(b"audit-id")}))

    def begun(self, status: int) -> None:
        """Note that an answer is on its way."""
        self.started = True
        self.code = status
        for each in self.on_begin:
            each()

    async def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of the answer."""
        self.begun(status)
        headers.append((b"audit-id", self.audit_id.encode("latin-1")))
        headers.append((b"date", _date()))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def respond(self, status: int, body: bytes, content_type: bytes = JSON) -> None:
        """Answer in one piece; a JSON document goes out in the encoding the client takes."""
        if self.record is not None and content_type == JSON:
            self.record.response_object(body)
        if content_type == JSON:
            if self.output is PLAIN:
                body += b"\n"
            else:
                body, content_type = await run_if(len(body) > LARGE, partial(encoded, self.output, body))
        await self.respond_encoded(status, body, content_type)

    async def respond_encoded(self, status: int, body: bytes, content_type: bytes) -> None:
        """Answer in one piece that is in its form already; a large one is compressed where the client takes that."""
        headers = self.headers(content_type)
        if len(body) > compression.THRESHOLD and compression.accepted(self.header(b"accept-encoding")):
            body = await compression.packed(body)
            headers += compression.HEADERS
        await self.respond_raw(status, body, headers)

    def choose_encoding(self) -> None:
        """Choose how a document that is no object of a resource is written: as asked for, else as JSON."""
        accept = self.header(b"accept")
        output = (choose(accept, transforms=False) if accept else None) or PLAIN
        self.output = self.prettied(output)

    def prettied(self, output: Output) -> Output:
        """The output, indented if it is JSON that people look at."""
        if output.media == PLAIN.media and not output.pretty and self.info.verb != "watch":
            if wants_pretty(self.query.get("pretty", ""), self.header(b"user-agent")):
                return output._replace(pretty=True)
        return output

    async def respond_raw(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        """Answer in one piece with exactly these headers, and the length."""
        length = (b"content-length", b"%d" % len(body))
        if self.scope["method"] == "HEAD":
            body = b""
        hold = self.scope.get("state", {}).get("hold")
        if body and hold is not None:
            hold()
        self.size += len(body)
        await self.begin(status, [*headers, length])
        await self._send_body(body)

    async def relay(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Answer with a whole answer that somebody else has made."""
        hold = self.scope.get("state", {}).get("hold")
        if body and hold is not None:
            hold()
        self.size += len(body)
        self.begun(status)
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send_body(body)

    async def _send_body(self, body: bytes) -> None:
        """The whole body; others get their turn while a large one is encrypted."""
        for at in range(0, len(body) - _PIECE, _PIECE):
            await self.send({"type": "http.response.body", "body": body[at : at + _PIECE], "more_body": True})
            await asyncio.sleep(0)
        at = max(len(body) - 1, 0) // _PIECE * _PIECE
        await self.send({"type": "http.response.body", "body": body[at:] if at else body})

    async def respond_parts(self, status: int, parts: Sequence[bytes], content_type: bytes) -> None:
        """Answer with what follows each other in parts; a large answer never exists as a whole."""
        size = sum(map(len, parts))
        if size <= _PIECE:
            await self.respond_encoded(status, b"".join(parts), content_type)
        else:
            await self.respond_pieces(status, size, content_type, lambda most: _gathered(parts, most))

    async def respond_pieces(
        self, status: int, size: int, content_type: bytes, cut: Callable[[int], Iterable[bytes]]
    ) -> None:
        """Answer with `size` bytes that `cut` gives in pieces of the size it is told, compressed where that is taken.

        Others get their turn meanwhile.
        """
        headers = self.headers(content_type)
        packer = None
        if size > compression.THRESHOLD and compression.accepted(self.header(b"accept-encoding")):
            packer = compression.Packer()
            headers += compression.HEADERS
        else:
            headers.append((b"content-length", b"%d" % size))
        await self.begin(status, headers)
        if self.scope["method"] == "HEAD":
            await self.send({"type": "http.response.body", "body": b""})
            return
        left = size
        # Small pieces stay in the processor's caches and in memory that is there already on their way through TLS.
        for piece in cut(_SMALL_PIECE if packer is None else _PACKED_PIECE):
            left -= len(piece)
            body = piece if packer is None else await packer.add(piece, last=not left)
            self.size += len(body)
            await self.send({"type": "http.response.body", "body": body, "more_body": left > 0})
            # A client that reads as fast as we write would let nobody else in.
            await asyncio.sleep(0)

    async def refuse(self, status: Status) -> None:
        """Answer with a Status, unless an answer has begun already."""
        if self.started:
            return
        self.failure = status
        details = status.details
        if details is not None and details.retry_after_seconds:
            self.extra_headers.append((b"retry-after", b"%d" % details.retry_after_seconds))
        self.choose_encoding()
        accept = self.header(b"accept")
        if accept and choose(accept, transforms=False) is None:
            # Nothing the client takes can be written: Kubernetes answers indented JSON.
            self.output = PLAIN._replace(pretty=True)
        await self.respond(status.code or 500, msgspec.json.encode(status))

    def finish(self) -> None:
        """Everything is said: give back what the request held."""
        for each in self.on_finish:
            each()


def _gathered(parts: Sequence[bytes], most: int) -> Iterator[bytes]:
    """The parts, put together to pieces of about this size."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= most:
            yield b"".join(held)
            held.clear()
            size = 0
    if size:
        yield b"".join(held)
