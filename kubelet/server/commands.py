"""/exec, /attach and /run: commands in containers, and containers' own processes, connected to a client."""

from __future__ import annotations

import asyncio
import contextlib
import time

import structlog

from kubelet.pods_view import PodsView
from kubelet.runtime.runtime import Runtime, Stream
from kubelet.runtime.types import RuntimeFailure
from kubelet.server.request import Failure, Request
from kubelet.server.targets import pod_of, running
from minik8s.api.meta_v1 import Status
from minik8s.streams import command, status
from minik8s.streams.command import CommandEnd, Wanted

log = structlog.get_logger("kubelet.server")

RUN_SECONDS = 120.0
_REFUSALS = (b"OCI runtime exec failed: ", b"rpc error: ", b"failed to create ", b"cannot exec in a ")


def _wanted(request: Request) -> Wanted:
    tty = request.flag("tty")
    # A terminal has one output: that the error output was asked for as well is overlooked.
    stderr = request.flag("error", "stderr") and not tty
    return Wanted(request.flag("input", "stdin"), request.flag("output", "stdout"), stderr, tty)


class Commands:
    """Answers /exec, /attach and /run."""

    def __init__(self, view: PodsView, runtime: Runtime) -> None:
        self._view = view
        self._runtime = runtime

    async def exec(self, request: Request) -> None:
        """Run a command; its exit code is told at the end of the stream."""
        pod, name = pod_of(self._view, request.parts[1:], 1)
        container = running(self._view, pod, name)
        words = request.query.get("command", [])
        if not words:
            raise Failure(400, "you must specify a command")
        wanted = _wanted(request)
        end = await command.accept(request.scope, request.upgrade, wanted)
        try:
            stream = await self._runtime.open_exec(container.id, words, stdin=wanted.stdin, tty=wanted.tty)
        except RuntimeFailure as error:
            await end.finish(status.failed(f"error executing command in container: {error}"))
            return
        await _connect(end, stream, " ".join(words))

    async def attach(self, request: Request) -> None:
        """Join the container's own process."""
        pod, name = pod_of(self._view, request.parts[1:], 1)
        container = running(self._view, pod, name)
        wanted = _wanted(request)
        end = await command.accept(request.scope, request.upgrade, wanted)
        try:
            stream = await self._runtime.attach(container.id, stdin=wanted.stdin)
        except RuntimeFailure as error:
            await end.finish(status.failed(f"error attaching to container: {error}"))
            return
        await _connect(end, stream, "")

    async def run(self, request: Request) -> None:
        """Run a command to its end and answer its output."""
        pod, name = pod_of(self._view, request.parts[1:], 1)
        container = running(self._view, pod, name)
        words = request.value("cmd").split(" ") if request.value("cmd") else request.query.get("command", [])
        if not words:
            raise Failure(400, "you must specify a command")
        try:
            result = await self._runtime.exec(container.id, words, RUN_SECONDS)
        except TimeoutError:
            raise Failure(500, f"command {' '.join(words)!r} timed out") from None
        except RuntimeFailure as error:
            raise Failure(500, str(error)) from None
        if result.exit_code:
            text = result.output.decode(errors="replace")
            raise Failure(500, f"command '{' '.join(words)}' exited with {result.exit_code}: {text}")
        await request.respond(200, result.output)


class _Input:
    """A stream's input side; what a process that has just ended no longer takes is no trouble."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def write(self, data: bytes) -> None:
        await self._stream.write(data)

    async def close_stdin(self) -> None:
        await self._stream.close_stdin()

    async def resize(self, width: int, height: int) -> None:
        with contextlib.suppress(RuntimeFailure):
            await self._stream.resize(width, height)


async def _connect(end: CommandEnd, stream: Stream, words: str) -> None:
    """Carry bytes both ways until the process has ended or the client has gone."""
    began = time.monotonic()
    feeding = asyncio.ensure_future(end.feed(_Input(stream)))
    relaying = asyncio.ensure_future(_relay(end, stream, words))
    try:
        await asyncio.wait([feeding, relaying], return_when=asyncio.FIRST_COMPLETED)
        if not relaying.done():
            # The client has gone: hang up on the process, as a terminal does.
            relaying.cancel()
        else:
            with contextlib.suppress(ConnectionError):
                await end.finish(relaying.result())
    finally:
        for task in (feeding, relaying):
            task.cancel()
        for outcome in await asyncio.gather(feeding, relaying, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionError):
                log.warning("a stream broke", error=str(outcome))
        with contextlib.suppress(RuntimeFailure):
            await stream.close()
        log.debug("stream ended", command=words, seconds=round(time.monotonic() - began, 3))


async def _relay(end: CommandEnd, stream: Stream, words: str) -> Status:
    """The output until its end, then how the command ended (`words` empty: an attached container, no code is told)."""
    held = b""
    first = bool(words)
    while (piece := await stream.read()) is not None:
        channel, data = piece
        if first and data.startswith(_REFUSALS):
            # Docker says on the output that it could not start the command: known for sure at the end.
            held += data
            continue
        first = False
        await end.write(channel, data)
    if not words:
        return status.success()
    try:
        code = await stream.exit_code()
    except RuntimeFailure as error:
        return status.failed(f"error executing command in container: {error}")
    if held:
        if code in (126, 127, 128, 255):
            return status.failed(f"error executing command in container: {held.decode(errors='replace').strip()}")
        await end.write(1, held)
    return status.exited(code, words)
