"""Real network namespaces for tests: machines wired by cables, servers that say who they are, clients anywhere."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import selectors
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

CLONE_NEWNET = 0x40000000
_numbers = itertools.count()
_libc = ctypes.CDLL(None, use_errno=True)


class Heard(NamedTuple):
    """What a server said: its name, and the address it saw its client at."""

    who: str
    client: str


class Lab:
    """Namespaces under short names; `close` takes all of them away again."""

    def __init__(self) -> None:
        self._prefix = f"lab{os.getpid() % 100000}-{next(_numbers)}-"
        self._names: list[str] = []
        self._home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._selector = selectors.DefaultSelector()
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._stop = False
        self._thread = threading.Thread(target=self._serve_all, daemon=True)
        self._thread.start()

    def machine(self, *names: str) -> None:
        """Add namespaces that route."""
        for name in names:
            subprocess.run(["ip", "netns", "add", self._prefix + name], check=True)
            self._names.append(name)
            with self.inside(name):
                for key, value in (("ip_forward", "1"), ("conf/all/rp_filter", "0"), ("conf/default/rp_filter", "0")):
                    _write(f"/proc/sys/net/ipv4/{key}", value)
            self.ip(name, "link set lo up")

    def ip(self, name: str, *commands: str) -> None:
        """Run `ip` commands in a namespace."""
        argv = ["ip", "-n", self._prefix + name, "-batch", "-"]
        subprocess.run(argv, input="\n".join(commands) + "\n", text=True, check=True)

    def cable(self, left: str, left_device: str, right: str, right_device: str) -> None:
        """A pair of devices, up."""
        self.ip(left, f"link add {left_device} type veth peer name {right_device} netns {self._prefix}{right}")
        self.ip(left, f"link set {left_device} up")
        self.ip(right, f"link set {right_device} up")

    def run(self, name: str, *argv: str, check: bool = True) -> str:
        """Run a tool in a namespace; returns what it printed."""
        with self.inside(name):
            return subprocess.run(argv, check=check, capture_output=True, text=True).stdout

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """This thread, and the processes it starts, are in the namespace."""
        there = os.open(f"/run/netns/{self._prefix}{name}", os.O_RDONLY)
        try:
            _setns(there)
            yield
        finally:
            _setns(self._home)
            os.close(there)

    def serve(self, name: str, who: str, address: str, port: int) -> None:
        """Answer TCP and UDP at an address with `who` and the client's address."""
        with self.inside(name):
            tcp = socket.create_server((address, port))
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind((address, port))

        def accept() -> None:
            connection, client = tcp.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(f"{who} {client[0]}".encode())

        def answer() -> None:
            with contextlib.suppress(OSError):
                _, client = udp.recvfrom(2048)
                udp.sendto(f"{who} {client[0]}".encode(), client)

        self._register(tcp, accept)
        self._register(udp, answer)

    def ask(
        self, name: str, address: str, port: int, udp: bool = False, source: str = "", seconds: float = 1.0
    ) -> Heard:
        """Connect from a namespace. Raises ConnectionRefusedError, TimeoutError."""
        with self.client(name, address, port, udp, source, seconds) as connection:
            return self.exchange(connection, udp)

    def client(
        self, name: str, address: str, port: int, udp: bool = False, source: str = "", seconds: float = 1.0
    ) -> socket.socket:
        """A connected socket in a namespace."""
        with self.inside(name):
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        made.settimeout(seconds)
        try:
            if source:
                made.bind((source, 0))
            made.connect((address, port))
        except BaseException:
            made.close()
            raise
        return made

    def exchange(self, connection: socket.socket, udp: bool = False) -> Heard:
        """Hear who is at the other end of a connection."""
        if udp:
            try:
                connection.send(b"?")
            except PermissionError as error:
                # A datagram that the sender's own machine rejects on its way out.
                raise ConnectionRefusedError(str(error)) from None
        said = connection.recv(2048).decode().split()
        if not said:
            raise ConnectionResetError("closed without a word")
        return Heard(said[0], said[1])

    def close(self) -> None:
        """Stop servers, remove namespaces."""
        self._stop = True
        self._thread.join(5)
        for held in self._sockets:
            held.close()
        for name in self._names:
            subprocess.run(["ip", "netns", "delete", self._prefix + name], check=False)
        os.close(self._home)

    def _register(self, held: socket.socket, react: Callable[[], None]) -> None:
        held.setblocking(False)
        self._sockets.append(held)
        with self._lock:
            self._selector.register(held, selectors.EVENT_READ, react)

    def _serve_all(self) -> None:
        while not self._stop:
            for key, _ in self._selector.select(0.05):
                with contextlib.suppress(BlockingIOError):
                    key.data()


def _setns(handle: int) -> None:
    if _libc.setns(handle, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _write(path: str, value: str) -> None:
    with open(path, "w") as file:
        file.write(value)
