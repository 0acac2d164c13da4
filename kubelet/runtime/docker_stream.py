"""A raw connection to a process in a container: Docker's upgraded HTTP, spoken on an asyncio stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from kubelet.runtime.runtime import STDERR, STDOUT
from kubelet.runtime.types import NotFoundInRuntime, RuntimeFailure, RuntimeUnavailable

Resize = Callable[[int, int], Awaitable[None]]
ExitCode = Callable[[], Awaitable[int]]
_PIECE = 32 * 1024


async def connect(endpoint: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A fresh connection to the engine (`unix:///…` or `tcp://host:port`). Raises RuntimeUnavailable."""
    try:
        if endpoint.startswith("unix://"):
            return await asyncio.open_unix_connection(endpoint.removeprefix("unix://"))
        host, _, port = endpoint.partition("://")[2].rpartition(":")
        return await asyncio.open_connection(host, int(port))
    except OSError as error:
        raise RuntimeUnavailable(f"cannot connect to the Docker daemon at {endpoint}: {error.strerror}") from None


async def upgrade(endpoint: str, path: str, body: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """POST `body` and take the connection over. Raises RuntimeFailure with what the engine says."""
    reader, writer = await connect(endpoint)
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + content)
        await writer.drain()
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        code = int(lines[0].split()[1])
        if code in (101, 200):
            return reader, writer
        said = await reader.read(65536)
    except (OSError, EOFError, asyncio.IncompleteReadError) as error:
        writer.close()
        raise RuntimeUnavailable(f"the Docker daemon hung up: {error}") from None
    writer.close()
    text = said.decode(errors="replace")
    with contextlib.suppress(ValueError, KeyError, TypeError):
        text = json.loads(text[text.index("{") : text.rindex("}") + 1])["message"]
    raise (NotFoundInRuntime if code == 404 else RuntimeFailure)(text.strip())


class DockerStream:
    """See `kubelet.runtime.runtime.Stream`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tty: bool,
        resize: Resize,
        exit_code: ExitCode,
    ) -> None:
        self._reader, self._writer, self._tty = reader, writer, tty
        self._resize, self._exit_code = resize, exit_code

    async def read(self) -> tuple[int, bytes] | None:
        """The next output; None at the end."""
        try:
            if self._tty:
                piece = await self._reader.read(_PIECE)
                return (STDOUT, piece) if piece else None
            head = await self._reader.readexactly(8)
            piece = await self._reader.readexactly(int.from_bytes(head[4:], "big"))
        except (asyncio.IncompleteReadError, OSError):
            return None
        return (STDERR if head[0] == 2 else STDOUT), piece

    async def write(self, data: bytes) -> None:
        """Bytes for its standard input; what it no longer reads is dropped."""
        with contextlib.suppress(OSError):
            self._writer.write(data)
            await self._writer.drain()

    async def close_stdin(self) -> None:
        """End of standard input."""
        with contextlib.suppress(OSError):
            if self._writer.can_write_eof():
                self._writer.write_eof()

    async def resize(self, width: int, height: int) -> None:
        """Change the size of its terminal."""
        await self._resize(width, height)

    async def exit_code(self) -> int:
        """How it ended."""
        return await self._exit_code()

    async def close(self) -> None:
        """Let go of it."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
