"""/portForward: connections into a Pod's network namespace."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import threading
from collections.abc import Callable

from kubelet.pods_view import PodsView
from kubelet.server.request import Failure, Request
from kubelet.server.targets import pod_of
from minik8s.streams import ports
from minik8s.streams.duplex import TransportDuplex
from minik8s.streams.ports import Forwarded

CONNECT_SECONDS = 10.0
_NEW_NET = 0x40000000


class PortForwarding:
    """Answers /portForward."""

    def __init__(self, view: PodsView) -> None:
        self._view = view

    async def forward(self, request: Request) -> None:
        """Serve a client's connections until it has gone."""
        pod, _ = pod_of(self._view, request.parts[1:], 0)
        sandbox = self._view.sandbox(pod)
        if sandbox is None:
            raise Failure(404, f'not found: sandbox of pod "{pod.metadata.name}" is not running')
        if not sandbox.netns and not pod.spec.host_network:
            # Without a namespace of the Pod the connection would be to this machine itself.
            raise Failure(500, f'pod "{pod.metadata.name}" has no network namespace to connect in')
        wanted = _ports(request)

        async def serve(forwarded: Forwarded) -> None:
            try:
                raw = await asyncio.to_thread(connect, sandbox.netns, forwarded.port)
            except OSError as error:
                await forwarded.end(
                    f"error forwarding port {forwarded.port} to pod {sandbox.id}, uid {pod.metadata.uid}: {error}"
                )
                return
            loop = asyncio.get_running_loop()
            _, duplex = await loop.create_connection(TransportDuplex, sock=raw)
            await ports.carry(forwarded, duplex)

        await ports.forward(request.scope, request.upgrade, wanted, serve)


def _ports(request: Request) -> list[int]:
    found = []
    for text in ",".join(request.query.get("port", []) + request.query.get("ports", [])).split(","):
        if not text:
            continue
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise Failure(400, f'invalid port "{text}" for port forwarding: must be between 1 and 65535')
        found.append(int(text))
    return found


def connect(netns: str, port: int) -> socket.socket:
    """A connected socket to localhost:`port` inside a network namespace ("" is the caller's). For a worker thread.

    Raises OSError, worded as a person meets it.
    """
    try:
        made = _inside(
            netns, lambda: [socket.socket(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP) for kind in _families()]
        )
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise OSError(f'failed to enter network namespace "{netns}": {reason}') from None
    errors = []
    for sock in made:
        family, address = ("IPv4", "127.0.0.1") if sock.family == socket.AF_INET else ("IPv6", "[::1]")
        try:
            sock.settimeout(CONNECT_SECONDS)
            sock.connect((address.strip("[]"), port))
        except OSError as error:
            why = "i/o timeout" if isinstance(error, TimeoutError) else os.strerror(error.errno or 0).lower()
            errors.append(f"{family}: dial tcp {address}:{port}: connect: {why}")
            continue
        for other in made:
            if other is not sock:
                other.close()
        sock.setblocking(False)
        return sock
    for sock in made:
        sock.close()
    where = f' inside namespace "{netns}"' if netns else ""
    raise OSError(f"failed to connect to localhost:{port}{where}, " + ", ".join(errors))


def _families() -> list[socket.AddressFamily]:
    return [socket.AF_INET, socket.AF_INET6] if socket.has_ipv6 else [socket.AF_INET]


def _inside(netns: str, make: Callable[[], list[socket.socket]]) -> list[socket.socket]:
    """What `make` makes in a network namespace: a socket belongs to the one its thread is in at that moment."""
    if not netns:
        return make()
    made: list[socket.socket] = []
    troubles: list[OSError] = []

    def enter() -> None:
        try:
            there = os.open(netns, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(there, _NEW_NET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            finally:
                os.close(there)
            made.extend(make())
        except OSError as error:
            troubles.append(error)

    # A thread of its own, that ends there: one of the pool would have to find its way back.
    thread = threading.Thread(target=enter, name="netns")
    thread.start()
    thread.join()
    if troubles:
        raise troubles[0]
    return made
