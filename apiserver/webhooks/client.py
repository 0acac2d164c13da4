"""Asking a webhook: one POST over HTTPS on kept connections, bounded in time and in size.

Admission asks with it, and so can whoever else has a webhook to call (conversion of custom resources).
"""

from __future__ import annotations

import asyncio
import ssl
from typing import NamedTuple, Protocol
from urllib.parse import quote as url_quote
from urllib.parse import urlsplit

from apiserver.beside import LARGE
from apiserver.slow_kinds import note_slow
from apiserver.webhooks.connections import Connections, TooLong
from apiserver.webhooks.services import Address, NoAddress, Services
from apiserver.webhooks.tls import BadBundle, Contexts
from apiserver.webhooks.wording import connection_error, refused
from minik8s.machinery.quoting import quote

MOST_BYTES = 16 * 1024 * 1024
_MOST_AGAIN = 10
_HEAD = (
    b"POST %b HTTP/1.1\r\n"
    b"Host: %b\r\n"
    b"User-Agent: kube-apiserver-admission\r\n"
    b"Accept: application/json, */*\r\n"
    b"Accept-Encoding: gzip\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: %d\r\n"
    b"\r\n"
)
_KEPT_IN_PATH = "/%:@!$&'()*+,;=~-._"


class CallError(Exception):
    """A webhook could not be asked or gave no answer; the text says why. `code` is its HTTP status, 0 without one."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class _Later(CallError):
    """A webhook wants to be asked again after some seconds."""

    def __init__(self, message: str, code: int, seconds: int) -> None:
        super().__init__(message, code)
        self.seconds = seconds


class ServiceReference(Protocol):
    """A Service behind which a webhook is."""

    @property
    def namespace(self) -> str:
        """Its namespace."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def path(self) -> str | None:
        """The path to ask, None for the root."""
        ...

    @property
    def port(self) -> int | None:
        """The Service's port, None for 443."""
        ...


class ClientConfig(Protocol):
    """Where a webhook is and how it proves itself, as every API that has webhooks says it."""

    @property
    def url(self) -> str | None:
        """Its URL, where it is no Service."""
        ...

    @property
    def service(self) -> ServiceReference | None:
        """Its Service, where it has no URL."""
        ...

    @property
    def ca_bundle(self) -> bytes:
        """Who signed its certificate, in PEM form; what the machine trusts when empty."""
        ...


class _Place(NamedTuple):
    url: str
    """As messages show it."""
    address: Address | None
    """Where a Service leads; None for what has a URL."""
    server_name: str


class WebhookClient:
    """Asks webhooks; connections are kept and shared."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._contexts = Contexts()
        self._connections = Connections(MOST_BYTES, _note_length)

    async def call(self, config: ClientConfig, body: bytes, seconds: float) -> bytes:
        """The answer to a POST of a JSON document. Raises CallError."""
        place = self._place(config, seconds)
        told = f"Post {quote(place.url)}"
        try:
            context = self._contexts.get(config.ca_bundle, place.server_name)
        except (BadBundle, OSError) as error:
            raise CallError(str(error)) from None
        address = place.address or _address_of(place.url)
        try:
            async with asyncio.timeout(seconds):
                return await self._answered(place, address, body, context)
        except NoAddress as error:
            raise CallError(f"{told}: {error}") from None
        except TimeoutError:
            raise CallError(f"{told}: context deadline exceeded") from None
        except TooLong as error:
            raise CallError(f"the answer is longer than {MOST_BYTES} bytes", error.status) from None
        except (OSError, ValueError) as error:
            raise CallError(f"{told}: {connection_error(address.host, address.port, error)}") from None

    def _place(self, config: ClientConfig, seconds: float) -> _Place:
        timeout = f"timeout={seconds:g}s"
        service = config.service
        if service is None:
            url = config.url or ""
            return _Place(f"{url}?{timeout}", None, "")
        port = service.port or 443
        path = service.path or ""
        name = f"{service.name}.{service.namespace}.svc"
        url = f"https://{name}:{port}{path if path.startswith('/') else '/' + path}?{timeout}"
        try:
            return _Place(url, self._services.find(service.namespace, service.name, port), name)
        except NoAddress as error:
            raise CallError(f"Post {quote(url)}: {error}") from None

    async def _answered(self, place: _Place, address: Address, body: bytes, context: ssl.SSLContext) -> bytes:
        """The answer; who says when to come again is asked again then, some times."""
        for _ in range(_MOST_AGAIN):
            try:
                return await self._post(place, address, body, context)
            except _Later as later:
                await asyncio.sleep(later.seconds)
        return await self._post(place, address, body, context)

    async def _post(self, place: _Place, address: Address, body: bytes, context: ssl.SSLContext) -> bytes:
        parts = urlsplit(place.url)
        target = url_quote(parts.path or "/", _KEPT_IN_PATH)
        if parts.query:
            target += "?" + url_quote(parts.query, _KEPT_IN_PATH + "?")
        head = _HEAD % (target.encode(), parts.netloc.rpartition("@")[2].encode("idna"), len(body))
        answer = await self._connections.ask(address.host, address.port, head + body, context, place.server_name)
        if not 200 <= answer.status <= 206:
            why = refused(answer.status, answer.body, answer.header(b"content-type"))
            later = answer.header(b"retry-after")
            if (answer.status == 429 or answer.status >= 500) and later.isascii() and later.isdigit():
                raise _Later(why, answer.status, int(later))
            raise CallError(why, answer.status)
        if not answer.body:
            kind = answer.header(b"content-type")
            raise CallError(f"0-length response with status code: {answer.status} and content type: {kind}")
        return answer.body

    def close(self) -> None:
        """Drop all connections."""
        self._connections.close()


def _note_length(length: int) -> None:
    if length > LARGE:
        note_slow()


def _address_of(url: str) -> Address:
    parts = urlsplit(url)
    try:
        return Address(parts.hostname or "", parts.port or 443)
    except ValueError:
        return Address(parts.hostname or "", 443)
