"""Requests to backends over plain HTTP, streamed both ways with back-pressure."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from apiserver.call import Call, ClientGone

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 30.0
_SKIPPED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Backends:
    """One pool of connections to all backends, made when first used."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        tls: ssl.SSLContext | None,
        headers: Iterable[tuple[str, str]] = (),
        body: AsyncIterator[bytes] | None = None,
        *,
        server_name: str = "",
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request, its answer as it comes: nothing followed or unpacked. Raises aiohttp.ClientError, OSError.

        `server_name` is what the certificate must be for, where that is not the host of the URL.
        """
        import aiohttp
        from yarl import URL

        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                skip_auto_headers=_SKIPPED,
            )
        async with self._session.request(
            method,
            URL(url, encoded=True),
            headers=list(headers),
            data=body,
            ssl=tls if tls is not None else True,
            server_hostname=server_name or None,
            allow_redirects=False,
        ) as answer:
            yield answer

    async def close(self) -> None:
        """Drop all connections."""
        if self._session is not None:
            await self._session.close()


async def pump(
    call: Call, answer: aiohttp.ClientResponse, headers: list[tuple[bytes, bytes]], already: bytes = b""
) -> None:
    """Give the client a backend's answer as it comes, under these headers; stops when the client leaves.

    `already` is what was read of it before.
    """
    leaving = asyncio.ensure_future(_left(call))
    sending = asyncio.ensure_future(_send_all(call, answer, headers, already))
    try:
        await asyncio.wait([leaving, sending], return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            answer.close()
            raise ClientGone
        sending.result()
    finally:
        for task in (leaving, sending):
            task.cancel()
        with contextlib.suppress(BaseException):
            await asyncio.gather(leaving, sending, return_exceptions=True)


async def _send_all(
    call: Call, answer: aiohttp.ClientResponse, headers: list[tuple[bytes, bytes]], already: bytes
) -> None:
    import aiohttp

    await call.begin(answer.status, headers)
    if already:
        await call.send({"type": "http.response.body", "body": already, "more_body": True})
    try:
        async for piece in answer.content.iter_any():
            await call.send({"type": "http.response.body", "body": piece, "more_body": True})
    except aiohttp.ClientError:
        # The answer has begun: all that is left is not to say that it is complete.
        raise ClientGone from None
    await call.send({"type": "http.response.body", "body": b""})


async def _left(call: Call) -> None:
    while (await call.receive())["type"] != "http.disconnect":
        pass
