"""One request to the kubelet, and how it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, unquote

from minik8s.streams.upgrade import Upgrade, upgrade_of

Message = MutableMapping[str, Any]
TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"
_TRUE = ("1", "true", "True", "TRUE", "t", "T")


class Failure(Exception):
    """The request is answered with `code` and these words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Request:
    """A request. `parts` are the path's, unquoted; `query` has all values of each key."""

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.parts = [unquote(part) for part in scope["raw_path"].decode("latin-1").split("/") if part]
        self.query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self.upgrade: Upgrade | None = upgrade_of(scope)

    def value(self, *names: str) -> str:
        """The first value of the first of these keys that is there, "" without."""
        return next((self.query[name][0] for name in names if name in self.query), "")

    def flag(self, *names: str) -> bool:
        """Whether a key says true."""
        return self.value(*names) in _TRUE

    def number(self, name: str) -> int | None:
        """A key's number, None without one. Raises Failure (400)."""
        text = self.value(name)
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise Failure(400, f'{name}: strconv.ParseInt: parsing "{text}": invalid syntax') from None

    async def respond(self, status: int, body: bytes, content_type: bytes = TEXT) -> None:
        """Answer in one piece."""
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def stream(self, pieces: AsyncIterator[bytes], content_type: bytes = TEXT) -> None:
        """Answer with pieces as they come; ends early when the client goes."""
        leaving = asyncio.ensure_future(self._left())
        sending = asyncio.ensure_future(self._send_all(pieces, content_type))
        try:
            await asyncio.wait([leaving, sending], return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)

    async def _send_all(self, pieces: AsyncIterator[bytes], content_type: bytes) -> None:
        await self.send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})
        async for piece in pieces:
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
        await self.send({"type": "http.response.body", "body": b""})

    async def _left(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
