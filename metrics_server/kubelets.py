"""Asks one kubelet what its containers use."""

from __future__ import annotations

import dataclasses
from types import TracebackType
from typing import Self

import aiohttp

from metrics_server import exposition
from metrics_server.points import Batch
from minik8s.api.core_v1 import Node
from minik8s.client.config import ClientConfig
from minik8s.client.credentials import Credentials
from minik8s.clock import Clock

PATH_ANNOTATION = "metrics.k8s.io/resource-metrics-path"
"""A node's annotation for kubelets that show their page elsewhere."""
ADDRESS_TYPES = ("Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP")


class ScrapeError(Exception):
    """A kubelet could not be asked, or its answer not be read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reach:
    """How kubelets are reached: the `--kubelet-*` flags. `timeout` is in seconds."""

    port: int = 10250
    use_node_status_port: bool = False
    address_types: tuple[str, ...] = ADDRESS_TYPES
    insecure: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    timeout: float = 10.0

    def config(self, own: ClientConfig) -> ClientConfig:
        """Who asks and whom it believes: as at the API server, but for what the flags say."""
        # The scheme alone matters: kubelets' addresses are their nodes'.
        found = dataclasses.replace(own, server="https://kubelet", insecure=self.insecure or own.insecure)
        if self.ca_file:
            found = dataclasses.replace(found, ca_file=self.ca_file, ca_data=b"", insecure=self.insecure)
        if self.cert_file:
            found = dataclasses.replace(found, cert_file=self.cert_file, cert_data=b"")
        if self.key_file:
            found = dataclasses.replace(found, key_file=self.key_file, key_data=b"")
        return found

    def url(self, node: Node) -> str:
        """The address of a node's page. Raises ScrapeError."""
        port = self.port
        if self.use_node_status_port:
            port = node.status.daemon_endpoints.kubelet_endpoint.port or port
        path = node.metadata.annotations.get(PATH_ANNOTATION) or "/metrics/resource"
        for kind in self.address_types:
            for address in node.status.addresses:
                if address.type == kind:
                    host = f"[{address.address}]" if ":" in address.address else address.address
                    return f"https://{host}:{port}{path}"
        raise ScrapeError(f"no address matched types [{' '.join(self.address_types)}]")


class Kubelets:
    """Connections to kubelets, kept between rounds; use as `async with`."""

    def __init__(self, reach: Reach, own: ClientConfig, clock: Clock, keep: float = 60.0) -> None:
        self._reach = reach
        self._credentials = Credentials(reach.config(own), clock)
        self._clock = clock
        self._keep = keep
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=self._keep)
        timeout = aiohttp.ClientTimeout(total=self._reach.timeout)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, node: Node) -> Batch:
        """What a node's kubelet says. Raises ScrapeError, ConfigError."""
        assert self._session is not None
        url = self._reach.url(node)
        authorization = await self._credentials.authorization()
        headers = {"Authorization": authorization} if authorization else {}
        asked_at = int(self._clock.now().timestamp() * 1000)
        try:
            async with self._session.get(url, ssl=await self._credentials.tls() or True, headers=headers) as answer:
                text = await answer.text()
                if answer.status != 200:
                    said = f": {text.strip()}" if answer.status in (401, 403) and text.strip() else ""
                    raise ScrapeError(f'request failed, status: "{answer.status} {answer.reason}"{said}')
        except TimeoutError:
            raise ScrapeError(f"timeout to access kubelet at {url}") from None
        except (aiohttp.ClientError, OSError, UnicodeDecodeError) as error:
            raise ScrapeError(f"{url}: {error}") from None
        try:
            return exposition.read(text, node.metadata.name, asked_at)
        except exposition.ExpositionError as error:
            raise ScrapeError(str(error)) from None
