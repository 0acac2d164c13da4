"""uvicorn's HTTP protocol, telling the application which certificate the client showed, and of upgrades."""

from __future__ import annotations

import asyncio

from minik8s.streams.upgrade import UpgradeProtocol


class PeerCertificateProtocol(UpgradeProtocol):
    """Puts the client's certificate in DER form into the request's state as `peer_certificate`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the certificate once for all requests of the connection."""
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self.app_state = {**self.app_state, "peer_certificate": tls.getpeercert(True)}
        super().connection_made(transport)
