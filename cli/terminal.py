"""The person's terminal while a remote command runs in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from minik8s.client.errors import ConnectionFailed

if TYPE_CHECKING:
    from minik8s.client.streams import RemoteCommand

_CHUNK = 32 * 1024


@contextlib.contextmanager
def raw(active: bool) -> Iterator[None]:
    """Keys go through as they are typed, while `active`; as before at the end."""
    if not active or not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin.fileno())
    tty.setraw(sys.stdin.fileno())
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, before)


async def _keys() -> AsyncIterator[bytes]:
    """What standard input brings, until its end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(0)):
        # A file or /dev/null cannot be waited for: it is always ready.
        while chunk := await asyncio.to_thread(os.read, 0, _CHUNK):
            yield chunk
        return
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(0), "rb"))
    while chunk := await reader.read(_CHUNK):
        yield chunk


async def connect(remote: RemoteCommand, stdin: bool, tty: bool, told: bool = True) -> int:
    """Couple the terminal with a remote command until it ends; its exit code. `told`: failures are told here."""
    from minik8s.client.streams import STDERR

    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []

    async def feed() -> None:
        with contextlib.suppress(ConnectionError, ConnectionFailed):
            async for chunk in _keys():
                await remote.write(chunk)
            await remote.end_input()

    async def resize() -> None:
        size = os.get_terminal_size(sys.stdin.fileno())
        await remote.resize(size.columns, size.lines)

    if stdin:
        tasks.append(asyncio.create_task(feed()))
    if tty and sys.stdin.isatty():
        loop.add_signal_handler(signal.SIGWINCH, lambda: tasks.append(asyncio.create_task(resize())))
        tasks.append(asyncio.create_task(resize()))
    try:
        with raw(tty):
            async for channel, data in remote.output():
                out = sys.stderr.buffer if channel == STDERR else sys.stdout.buffer
                out.write(data)
                out.flush()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if remote.exit is None and not told:
        return 0
    if remote.exit is None:
        print("error: the connection was closed before the command ended", file=sys.stderr)
        return 1
    if remote.exit.code and told:
        print(
            f"command terminated with exit code {remote.exit.code}"
            if "exit code" in remote.exit.message
            else f"error: {remote.exit.message}",
            file=sys.stderr,
        )
    return remote.exit.code
