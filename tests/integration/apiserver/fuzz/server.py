"""An API server on a socket in a thread of its own, and a client that may send it anything."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import structlog
import uvloop

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.chain.flags import RequestSettings
from apiserver.serving.protocol import PeerCertificateProtocol
from apiserver.storage.sqlite import SQLiteStore
from minik8s.streams.serve import AsgiServer, listen

REQUESTS = int(os.environ.get("MINIK8S_FUZZ", "1000"))
"""How many requests the tests of this folder make, about; 10,000 for a thorough run."""

SEED = int(os.environ.get("MINIK8S_FUZZ_SEED", "0"))
"""What the requests are drawn from; the same ones each time unless it says otherwise."""

_PATIENCE = 20.0
_STREAM_PATIENCE = 0.5  # for the next piece of an answer without an end
_LARGEST_KEPT, _MOST_KEPT = 20_000, 3_000


class Answer(NamedTuple):
    """What came back; code 0 where the server hung up without a word."""

    code: int
    head: bytes
    body: bytes


class Sent:
    """A few of the requests that were sent, to be sent again; and how many there were."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[tuple[bytes, bytes]] = []

    def note(self, request: bytes, method: bytes) -> None:
        """One more."""
        self.count += 1
        if len(request) <= _LARGEST_KEPT and len(self.kept) < _MOST_KEPT:
            self.kept.append((request, method))

    def clear(self) -> None:
        """Begin anew."""
        self.count = 0
        self.kept.clear()


class Connection:
    """A connection that is kept while the server keeps it."""

    def __init__(self, port: int, sent: Sent | None = None) -> None:
        self._port = port
        self._sent = sent
        self._socket: socket.socket | None = None

    def ask(self, method: bytes, target: bytes, headers: bytes = b"", body: bytes = b"") -> Answer:
        """Send a request as it is told; `headers` end their lines. A length is added where there is a body."""
        length = b"Content-Length: %d\r\n" % len(body) if body or method in (b"POST", b"PUT", b"PATCH") else b""
        return self.send(b"%b %b HTTP/1.1\r\nHost: x\r\n%b%b\r\n%b" % (method, target, headers, length, body), method)

    def send(self, request: bytes, method: bytes = b"GET", *, finished: bool = False) -> Answer:
        """Send bytes, the last ones if `finished`, and read an answer."""
        if self._sent is not None:
            self._sent.note(request, method)
        for _ in range(2):
            fresh = self._socket is None
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
            try:
                self._socket.sendall(request)
                if finished:
                    self._socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the answer may be there all the same: too large
            answer = self._read(method)
            if answer.code or fresh:
                return answer
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self, method: bytes) -> Answer:
        assert self._socket is not None
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                more = self._socket.recv(65536)
                if not more:
                    self.close()
                    return Answer(0, data, b"")
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            code, low = int(head[9:12]), head.lower()
            if method == b"HEAD" or code in (204, 304):
                pass
            elif b"transfer-encoding: chunked" in low:
                body = self._stream(body)
            else:
                at = low.find(b"content-length:")
                need = int(low[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
                while len(body) < need and (more := self._socket.recv(65536)):
                    body += more
            if self._socket is not None and (b"connection: close" in low or code == 101):
                self.close()
            return Answer(code, head, body)
        except TimeoutError:
            self.close()
            return Answer(-1, data, b"the server did not answer")
        except OSError:
            self.close()
            return Answer(0, data, b"")

    def _stream(self, body: bytes) -> bytes:
        """A body in pieces: to its end, or, as a watch has none, as far as it comes at once."""
        assert self._socket is not None
        self._socket.settimeout(_STREAM_PATIENCE)
        try:
            while not body.endswith(b"0\r\n\r\n"):
                more = self._socket.recv(65536)
                if not more:
                    self.close()
                    return body
                body += more
        except TimeoutError:
            self.close()
            return body
        self._socket.settimeout(_PATIENCE)
        return body


class Running:
    """A server that listens; `errors` are what it logged as such."""

    def __init__(self, path: Path, timeout: float) -> None:
        self.port = 0
        self._timeout = timeout
        self.errors: list[str] = []
        self.sent = Sent()
        self._path = path
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            uvloop.run(self._serve())
        except BaseException as error:
            self._problem = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda _, context: self.errors.append(str(context)))
        requests = RequestSettings(timeout=self._timeout)
        server = APIServer(await SQLiteStore.open(str(self._path / "db")), AuthSettings(), requests=requests)
        await server.start()
        listening = listen("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        serving = AsgiServer(server, PeerCertificateProtocol, listening)
        await serving.start()
        self._ready.set()
        await self._stop.wait()
        await serving.stop()
        await server.stop()

    def taken_errors(self) -> list[str]:
        """The errors since this was last asked."""
        found, self.errors = self.errors, []
        return found

    def start(self) -> None:
        """Wait until it listens."""
        self._thread.start()
        self._ready.wait(60)
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        """End it."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)


@contextmanager
def running(path: Path, timeout: float = 60.0) -> Iterator[Running]:
    """A server while the block lasts. What it logs as an error is in its `errors`."""
    server = Running(path, timeout)

    def note(_: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
        if method in ("error", "critical", "exception"):
            server.errors.append(f"{event} {traceback.format_exc()}")
        raise structlog.DropEvent

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            server.errors.append(record.getMessage())

    handler = Handler(logging.ERROR)
    logging.getLogger().addHandler(handler)
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[note])
    try:
        server.start()
        yield server
    finally:
        server.stop()
        structlog.configure(processors=before)
        logging.getLogger().removeHandler(handler)
