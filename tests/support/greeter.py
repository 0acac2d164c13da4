"""A TLS server that greets, and clients with certificates: who is let in hears it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

Greeting = Callable[[str], Awaitable[bytes]]


@contextlib.asynccontextmanager
async def greeter(context: ssl.SSLContext, folder: Path, authority: str) -> AsyncIterator[Greeting]:
    """What a client hears who comes with `NAME.crt` and `NAME.key` of the folder; b"" where it is cut off.

    It is `hello` for who has shown a certificate, else `who?`. `authority` is the file name of the server's.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello" if writer.get_extra_info("ssl_object").getpeercert(True) else b"who?")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]

    async def greeting(name: str) -> bytes:
        own = ssl.create_default_context(cafile=str(folder / authority))
        own.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=own)
        try:
            return await reader.read()
        except (ssl.SSLError, ConnectionError):
            return b""
        finally:
            writer.close()

    try:
        yield greeting
    finally:
        server.close()
