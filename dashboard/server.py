"""The console run: a socket, the address a person opens, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator
from typing import Any

import click
import uvicorn

from dashboard.app import Console, make
from dashboard.sessions import Sessions
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.transport import HttpTransport
from minik8s.clock import SystemClock


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the console listens; TLS where there is a certificate."""

    address: str = "127.0.0.1"
    port: int = 0
    cert_file: str = ""
    key_file: str = ""

    @property
    def scheme(self) -> str:
        """https with a certificate."""
        return "https" if self.cert_file else "http"


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(address).is_loopback
    return address == "localhost"


def hosts(address: str, port: int) -> frozenset[str]:
    """The values of `Host` of browsers that were given our address. A name is never one of another machine's choice."""
    shown = f"[{address}]" if ":" in address else address
    named = {shown, "localhost", "127.0.0.1", "[::1]"} if is_loopback(address) else {shown}
    return frozenset(f"{name}:{port}" for name in named)


def listen(place: Place) -> socket.socket:
    """A socket at the place. Raises click.ClickException."""
    if not is_loopback(place.address) and not place.cert_file:
        raise click.ClickException(
            f"{place.address} is not loopback: whoever listens on the way would act as you. Give --tls-cert-file and "
            "--tls-private-key-file, or forward a port: ssh -L 8001:127.0.0.1:8001 HOST minik8s dashboard -p 8001"
        )
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((place.address, place.port))
    except OSError as error:
        held.close()
        reason = (error.strerror or str(error)).lower()
        raise click.ClickException(f"cannot listen on {place.address}:{place.port}: {reason}") from None
    return held


class _Server(uvicorn.Server):
    """Tells when it serves, and leaves signals to who runs it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(config: ClientConfig, context: str, namespace: str, place: Place, browser: bool = True) -> None:
    """Serve until cancelled. Raises click.ClickException when that cannot be begun."""
    held = listen(place)
    port = held.getsockname()[1]
    shown = f"[{place.address}]" if ":" in place.address else place.address
    sessions = Sessions()
    transport = HttpTransport(config, SystemClock())
    async with ApiClient(config, transport=transport) as client:
        console = Console(context, config.server, namespace, config.namespace)
        app = make(client, transport, sessions, console, hosts(place.address, port), place.scheme)
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                log_level="critical",
                lifespan="off",
                server_header=False,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=1,
                ssl_certfile=place.cert_file or None,
                ssl_keyfile=place.key_file or None,
            )
        )

        def offer() -> str:
            return f"{place.scheme}://{shown}:{port}/login?token={sessions.new_token()}"

        running = asyncio.create_task(server.serve([held]))
        for number in (signal.SIGTERM, signal.SIGINT):
            # Also where whoever started it in the background had interrupts ignored.
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        serving = asyncio.create_task(server.serving.wait())
        await asyncio.wait([running, serving], return_when=asyncio.FIRST_COMPLETED)
        try:
            if not running.done():
                _tell(offer(), config.server, browser)
                with _on_enter(lambda: _tell(offer(), config.server, False)):
                    await asyncio.wait([running])
            if not running.cancelled():
                running.result()
        finally:
            serving.cancel()
            server.should_exit = True
            await asyncio.gather(running, return_exceptions=True)


def _tell(address: str, server: str, browser: bool) -> None:
    print(f"The console of {server} (the address works once; Ctrl-C ends the console):\n\n  {address}\n", flush=True)
    # Without a screen, a browser in this terminal might be found: nobody wants that.
    if browser and (sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(address)


@contextlib.contextmanager
def _on_enter(act: Any) -> Iterator[None]:
    """Have Enter on a terminal act."""
    if not sys.stdin or not sys.stdin.isatty():
        yield
        return
    loop = asyncio.get_running_loop()

    def typed() -> None:
        if sys.stdin.readline():
            act()
        else:
            loop.remove_reader(sys.stdin)

    loop.add_reader(sys.stdin, typed)
    print("Press Enter for another address.", flush=True)
    try:
        yield
    finally:
        loop.remove_reader(sys.stdin)
