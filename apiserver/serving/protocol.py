"""uvicorn's HTTP protocol, telling of the client's certificate, its connection, and upgrades."""

from __future__ import annotations

import asyncio

from minik8s.streams.upgrade import UpgradeProtocol


class PeerCertificateProtocol(UpgradeProtocol):
    """Puts the client's certificate in DER form into the request's state as `peer_certificate`.

    And the connection itself as `transport`: watches write to it directly.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the certificate once for all requests of the connection."""
        self.app_state = {**self.app_state, "transport": transport}
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self.app_state = {**self.app_state, "peer_certificate": tls.getpeercert(True)}
        super().connection_made(transport)
