"""Bytes to and from one API server over HTTP, with its credentials; knows nothing of objects."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec
from yarl import URL

from minik8s.client.config import ClientConfig
from minik8s.client.credentials import Credentials
from minik8s.client.errors import ConnectionFailed, from_response
from minik8s.clock import Clock

Params = Mapping[str, str] | Sequence[tuple[str, str]]
MAX_RETRIES = 10
"""How often an answer that says `Retry-After` is retried, as in client-go."""


@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as plain values. Raises msgspec.DecodeError."""
        return msgspec.json.decode(self.body)


class Transport(Protocol):
    """What `ApiClient` needs below it; the fake cluster is another one."""

    async def request(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str], timeout: float | None
    ) -> Response:
        """One request, whatever the status of its answer. Raises ConnectionFailed."""
        ...

    def stream(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        """The body in pieces as they come. Raises ApiError for a failure status, ConnectionFailed."""
        ...

    async def websocket(self, path: str, params: Params, protocols: Sequence[str], headers: Mapping[str, str]) -> Any:
        """An aiohttp WebSocket. Raises ApiError when the server refuses, ConnectionFailed."""
        ...

    async def close(self) -> None:
        """Drop all connections."""
        ...


class _Response(aiohttp.ClientResponse):
    """Keeps what a server said that refused a WebSocket: aiohttp alone would drop the body."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        await super().start(connection)
        if self.status != 101 and "Sec-WebSocket-Key" in self.request_info.headers:
            body = await self.read()
            raise from_response(self.status, body, self.headers.get("Retry-After", ""))
        return self


class HttpTransport:
    """Connections to one server, kept alive and shared; made when first needed."""

    def __init__(self, config: ClientConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._credentials = Credentials(config, clock)
        self._session: aiohttp.ClientSession | None = None
        self._tls: ssl.SSLContext | None = None
        self._retired: list[aiohttp.ClientSession] = []
        self._allowance = float(config.burst or config.qps)
        self._allowance_at = clock.monotonic()
        split = urlsplit(config.server)
        self._origin = f"{split.scheme}://{split.netloc}"
        self._prefix = split.path.rstrip("/")
        self._fixed = _fixed_headers(config)

    async def request(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str], timeout: float | None
    ) -> Response:
        """One request; waits and repeats while the server says `Retry-After`. Raises ConnectionFailed."""
        limit = timeout if timeout is not None else self._config.timeout
        asked_again = False
        for attempt in range(MAX_RETRIES + 1):
            await self._throttle()
            try:
                async with await self._open(method, path, params, body, headers, limit) as answer:
                    content = await answer.read()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise self._failed(error) from error
            if answer.status == 401 and not asked_again and self._credentials.forget():
                asked_again = True
                continue
            wait = answer.headers.get("Retry-After", "")
            if (answer.status == 429 or answer.status >= 500) and wait.isdigit() and attempt < MAX_RETRIES:
                await self._clock.sleep(int(wait))
                continue
            break
        return Response(answer.status, answer.headers, content)

    async def stream(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[bytes]:
        """The body in pieces as they come; the connection ends with the iteration."""
        await self._throttle()
        try:
            async with await self._open(method, path, params, body, headers, 0) as answer:
                if answer.status >= 400:
                    raise from_response(answer.status, await answer.read(), answer.headers.get("Retry-After", ""))
                try:
                    async for chunk in answer.content.iter_any():
                        yield chunk
                finally:
                    answer.close()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failed(error) from error

    @contextlib.asynccontextmanager
    async def relay(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request passed on: `target` is path and query as they came. The answer as it comes, whatever its status.

        Raises ConnectionFailed, also when the answer breaks off while it is read.
        """
        try:
            answer = await self._open(method, target, {}, body, headers, 0)
            if answer.status == 401 and self._credentials.forget():
                answer.close()
                answer = await self._open(method, target, {}, body, headers, 0)
            async with answer:
                try:
                    yield answer
                finally:
                    # What is not read to its end (a watch) is not waited for.
                    if not answer.content.is_eof():
                        answer.close()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._failed(error) from error

    async def websocket(self, path: str, params: Params, protocols: Sequence[str], headers: Mapping[str, str]) -> Any:
        """An aiohttp WebSocket with one of `protocols`."""
        try:
            session = await self._ready()
            return await session.ws_connect(
                self._url(path, params),
                protocols=protocols,
                headers=await self._headers(headers),
                max_msg_size=0,
                autoping=True,
                server_hostname=self._config.tls_server_name or None,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failed(error) from error

    async def check(self) -> None:
        """Read the certificates now, before anything waits for them. Raises ConfigError."""
        if self._config.exec_plugin is None:
            await self._credentials.tls()

    async def close(self) -> None:
        """Drop all connections."""
        for session in (self._session, *self._retired):
            if session is not None:
                await session.close()
        self._session = None
        self._retired.clear()

    async def _open(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str], limit: float
    ) -> aiohttp.ClientResponse:
        session = await self._ready()
        return await session.request(
            method,
            self._url(path, params),
            data=body or None,
            headers=await self._headers(headers),
            timeout=aiohttp.ClientTimeout(total=limit or None, sock_connect=30),
            allow_redirects=False,
            proxy=self._config.proxy_url or None,
            server_hostname=self._config.tls_server_name or None,
        )

    async def _ready(self) -> aiohttp.ClientSession:
        tls = await self._credentials.tls()
        if self._session is None or self._session.closed or tls is not self._tls:
            if self._session is not None:
                # Watches still run on the old one: they end by themselves and are begun again on the new.
                self._retired.append(self._session)
            connector = aiohttp.TCPConnector(
                ssl=tls if tls is not None else True, limit=0, socket_factory=_socket, keepalive_timeout=75
            )
            self._session = aiohttp.ClientSession(
                connector=connector, response_class=_Response, cookie_jar=aiohttp.DummyCookieJar()
            )
            self._tls = tls
        return self._session

    async def _headers(self, extra: Mapping[str, str]) -> list[tuple[str, str]]:
        headers = [*self._fixed, *extra.items()]
        if authorization := await self._credentials.authorization():
            headers.append(("Authorization", authorization))
        return headers

    def _url(self, path: str, params: Params) -> URL:
        pairs = params.items() if isinstance(params, Mapping) else params
        query = urlencode(list(pairs))
        return URL(f"{self._origin}{self._prefix}{path}{'?' if query else ''}{query}", encoded=True)

    async def _throttle(self) -> None:
        if not self._config.qps:
            return
        now = self._clock.monotonic()
        most = float(self._config.burst or self._config.qps)
        self._allowance = min(most, self._allowance + (now - self._allowance_at) * self._config.qps)
        self._allowance_at = now
        self._allowance -= 1
        if self._allowance < 0:
            await self._clock.sleep(-self._allowance / self._config.qps)

    def _failed(self, error: BaseException) -> ConnectionFailed:
        host = urlsplit(self._config.server).netloc
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
            return ConnectionFailed(f"unable to connect to the server {host}: {_tls_trouble(error)}")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return ConnectionFailed(f"unable to connect to the server: no such host: {host}")
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        if isinstance(cause, ConnectionRefusedError):
            return ConnectionFailed(
                f"the connection to the server {host} was refused - did you specify the right host or port?"
            )
        if isinstance(error, TimeoutError | asyncio.TimeoutError):
            return ConnectionFailed(f"the server {host} did not answer in time")
        # A server that does not accept a certificate hangs up; what it says of that comes too late to be read.
        config = self._config
        broke = isinstance(cause, ConnectionError | aiohttp.ServerConnectionError)
        shown = broke and (config.cert_file or config.cert_data)
        hint = " (as happens when a server does not accept the client certificate)" if shown else ""
        return ConnectionFailed(f"the connection to the server {host} broke: {cause or type(cause).__name__}{hint}")


def _tls_trouble(error: BaseException) -> str:
    text = str(error)
    if "unable to get local issuer" in text or "self-signed" in text or "unable to get issuer" in text:
        return "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    return text


def _socket(address: Any) -> socket.socket:
    """A socket that notices a dead peer within a minute, also under a silent watch."""
    family, kind, proto, _, _ = address
    made = socket.socket(family, kind, proto)
    if family in (socket.AF_INET, socket.AF_INET6):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000)
    return made


def _fixed_headers(config: ClientConfig) -> list[tuple[str, str]]:
    # Compressing costs both sides more than the bytes do in a cluster.
    headers = [("User-Agent", config.user_agent), ("Accept-Encoding", "identity")]
    if config.impersonate_user:
        headers.append(("Impersonate-User", config.impersonate_user))
    if config.impersonate_uid:
        headers.append(("Impersonate-Uid", config.impersonate_uid))
    headers += [("Impersonate-Group", group) for group in config.impersonate_groups]
    headers += [(f"Impersonate-Extra-{name}", value) for name, value in config.impersonate_extra]
    return headers
