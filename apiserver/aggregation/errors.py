"""What goes wrong with requests of aiohttp, as what went wrong underneath."""

from __future__ import annotations

import re
import socket

from apiserver.webhooks.connections import CutOff, Disconnected, Malformed

# The line that it could not read, as it shows it.
_LINE = re.compile(r"b'([^'\\]*)")


def plain(error: Exception) -> Exception:
    """The error of the connection, where there is one, which needs no aiohttp to be understood."""
    import aiohttp

    cause: Exception = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return socket.gaierror(socket.EAI_NONAME, str(cause))
    if isinstance(cause, aiohttp.ServerDisconnectedError):
        return Disconnected()
    if isinstance(cause, aiohttp.ClientResponseError):
        line = _LINE.search(cause.message)
        return Malformed(line[1] if line else "")
    if isinstance(cause, aiohttp.ClientPayloadError):
        return CutOff()
    return cause
