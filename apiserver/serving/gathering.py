"""A connection on which the head of an answer goes out together with its body.

Each write costs a TLS record, a system call, and often a wake-up of the client: for a small answer that is more than
what is made of the request.
"""

from __future__ import annotations

import asyncio
from typing import Any

# The most that fits into one TLS record; of more, a copy would cost more than it saves.
_ONE_RECORD = 16 * 1024


class GatheringTransport:
    """An asyncio transport that writes when it is told to, except for what `hold` asks to wait."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._holding = False
        self._held = b""
        # Asked at every request.
        self.is_closing = transport.is_closing
        self.get_extra_info = transport.get_extra_info

    def hold(self) -> None:
        """The next write waits for the one after it, or for the end."""
        self._holding = True

    def write(self, data: bytes) -> None:
        """See asyncio.Transport."""
        if self._holding:
            self._holding = False
            self._held = data
        elif self._held:
            held, self._held = self._held, b""
            if len(held) + len(data) <= _ONE_RECORD:
                self._transport.write(held + data)
            else:
                self._transport.writelines((held, data))
        else:
            self._transport.write(data)

    def close(self) -> None:
        """See asyncio.Transport."""
        self._holding = False
        held, self._held = self._held, b""
        if held:
            self._transport.write(held)
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
