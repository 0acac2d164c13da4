"""Words for a connection that cannot be made, as Go's dialer has them and clients look for them."""

from __future__ import annotations

import os
import socket
import ssl


def dialing(host: str, port: int, error: BaseException) -> str:
    """`dial tcp HOST:PORT: why`."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate: x509: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"tls: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return f"dial tcp {address}: i/o timeout"
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number > 0:
        return f"dial tcp {address}: connect: {os.strerror(number).lower()}"
    if isinstance(error, socket.gaierror):
        return f"dial tcp: lookup {host}: {'no such host' if number == socket.EAI_NONAME else error.strerror}"
    return f"dial tcp {address}: {error}"
