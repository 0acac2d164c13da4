"""One request on its way: what came, who sent it, and how to answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Credentials, User
from apiserver.negotiation import PLAIN, Output
from apiserver.request_info import RequestInfo, parse
from minik8s.api.meta_v1 import Status

Message = MutableMapping[str, Any]
BODY_LIMIT = 3 * 1024 * 1024
JSON = b"application/json"


class Call:
    """A request and its answer; `user` is known once it is authenticated."""

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
        self.query: dict[str, str] = {}
        for key, value in parse_qsl(query, keep_blank_values=True) if query else ():
            self.query.setdefault(key, value)
        watch = self.query.get("watch", "0") not in ("0", "false", "")
        self.info: RequestInfo = parse(scope["method"], scope["raw_path"].decode("latin-1"), watch=watch)
        self.user = User("")
        self.warnings: list[str] = []
        self.output: Output = PLAIN

    @property
    def credentials(self) -> Credentials:
        """What the request says about its sender."""
        certificate = self.scope.get("state", {}).get("peer_certificate")
        chain = (certificate,) if certificate else ()
        return Credentials(headers=self.scope["headers"], peer_certificates=chain, path=self.info.path)

    def header(self, name: bytes) -> str:
        """The first value of a header, "" when absent."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    async def body(self) -> bytes:
        """The whole body. Raises StatusError (413)."""
        parts = bytearray()
        while True:
            message = await self.receive()
            parts += message.get("body", b"")
            if len(parts) > BODY_LIMIT:
                text = f"Request entity too large: limit is {BODY_LIMIT}"
                raise StatusError(Status(status="Failure", message=text, reason="RequestEntityTooLarge", code=413))
            if not message.get("more_body"):
                return bytes(parts)

    def headers(self, content_type: bytes) -> list[tuple[bytes, bytes]]:
        """The headers every answer has."""
        found = [(b"content-type", content_type), (b"cache-control", b"no-cache, private")]
        for warning in self.warnings:
            text = warning.replace("\\", "\\\\").replace('"', '\\"')
            found.append((b"warning", f'299 - "{text}"'.encode()))
        return found

    async def respond(self, status: int, body: bytes, content_type: bytes = JSON) -> None:
        """Answer in one piece."""
        headers = [*self.headers(content_type), (b"content-length", b"%d" % len(body))]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def respond_raw(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        """Answer in one piece with exactly these headers, and the length."""
        length = (b"content-length", b"%d" % len(body))
        await self.send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await self.send({"type": "http.response.body", "body": body})

    async def refuse(self, status: Status) -> None:
        """Answer with a Status."""
        await self.respond(status.code or 500, msgspec.json.encode(status))
