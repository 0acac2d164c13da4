"""Listening: TLS with the configured or a self-made certificate, loaded again when its files change."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import structlog

from kubelet.options import KubeletConfiguration
from kubelet.pods_view import PodsView
from kubelet.runtime.runtime import Runtime
from kubelet.server.access import Access
from kubelet.server.app import KubeletApp
from kubelet.server.statistics import Statistics
from minik8s.client.api import ApiClient
from minik8s.daemon.tls import TLSFiles, self_signed
from minik8s.streams.serve import AsgiServer, listen
from minik8s.streams.upgrade import UpgradeProtocol, peer_names

log = structlog.get_logger("kubelet.server")

_RELOAD_SECONDS = 60.0


class _Protocol(UpgradeProtocol):
    """Tells the application which verified client certificate was shown."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note it once for all requests of the connection."""
        peer: Mapping[str, Any] | None = peer_names(transport)
        if peer is not None:
            self.app_state = {**self.app_state, "peer": peer}
        super().connection_made(transport)


class KubeletServer:
    """The kubelet's server on `config.address`:`config.port`; use as `async with`.

    `port` is the one served on. Without certificate files in the configuration it makes a certificate of its own in
    `cert_dir`, as `kubelet.crt` and `kubelet.key`. Entering raises OSError when the port is taken or a file is bad.
    """

    def __init__(
        self,
        view: PodsView,
        runtime: Runtime,
        config: KubeletConfiguration,
        client: ApiClient | None,
        cert_dir: str = "/var/lib/kubelet/pki",
        statistics: Statistics | None = None,
    ) -> None:
        self._view = view
        self._config = config
        self._cert_dir = cert_dir
        self.statistics = statistics or Statistics(view)
        access = Access(config, client, view.node_name)
        self._app = KubeletApp(view, runtime, config, access, self.statistics)
        self._socket: socket.socket | None = None
        self._server: AsgiServer | None = None
        self._reloading: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port served on."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else self._config.port

    async def __aenter__(self) -> Self:
        files = self._files()
        context = files.context()
        self._socket = listen(self._config.address, self._config.port)
        self._server = AsgiServer(self._app, _Protocol, self._socket, context)
        await self._server.start()
        self._reloading = asyncio.create_task(_reload(files, context), name="kubelet-server-tls")
        log.info("serving", address=f"https://{self._config.address}:{self.port}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reloading is not None:
            self._reloading.cancel()
        if self._server is not None:
            await self._server.stop()

    def _files(self) -> TLSFiles:
        ca = self._config.authentication.x509.client_ca_file
        cert, key = self._config.tls_cert_file, self._config.tls_private_key_file
        if not cert:
            name = self._view.node_name
            own = self_signed(self._cert_dir, "kubelet", [name, "localhost", "127.0.0.1"])
            cert, key = own.cert_file, own.key_file
        return TLSFiles(cert, key, ca)


async def _reload(files: TLSFiles, context: ssl.SSLContext) -> None:
    state = files.state()
    while True:
        await asyncio.sleep(_RELOAD_SECONDS)
        if (now := files.state()) != state:
            try:
                files.reload(context)
                state = now
                log.info("serving certificate loaded again", file=files.cert_file)
            except (OSError, ssl.SSLError) as error:
                log.warning("serving certificate cannot be loaded", file=files.cert_file, error=str(error))
