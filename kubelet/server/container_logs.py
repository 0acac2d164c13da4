"""/containerLogs: what a container wrote, from a point on, and as it goes on."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from kubelet.pods_view import ContainerHandle, PodsView
from kubelet.server import log_files
from kubelet.server.log_files import Entry, LogFile
from kubelet.server.log_follow import LogWatch
from kubelet.server.request import Failure, Request
from kubelet.server.targets import pod_of
from minik8s.api.core_v1 import ContainerStatus, Pod
from minik8s.clock import Clock, SystemClock
from minik8s.machinery.times import TimeError, parse_time

_LOOK_SECONDS = 1.0
"""How often to look where the kernel tells nothing: between a process's end and the engine's word of it."""


@dataclasses.dataclass(frozen=True, slots=True)
class LogOptions:
    """What of a log is wanted; `since` as `log_files.stamp` has it, `tail` and `limit` None for all."""

    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    since: str = ""
    tail: int | None = None
    limit: int | None = None
    stream: str = ""


def options_of(request: Request, clock: Clock) -> LogOptions:
    """The options of a query. Raises Failure (400, 422)."""
    since = ""
    seconds = request.number("sinceSeconds")
    if seconds is not None:
        if seconds < 1:
            raise Failure(422, f"sinceSeconds: Invalid value: {seconds}: must be greater than 0")
        since = log_files.stamp_of(clock.now() - timedelta(seconds=seconds))
    elif text := request.value("sinceTime"):
        try:
            since = log_files.stamp_of(parse_time(text))
        except TimeError as error:
            raise Failure(400, f"sinceTime: {error}") from None
    tail, limit = request.number("tailLines"), request.number("limitBytes")
    if tail is not None and tail < 0:
        raise Failure(422, f"tailLines: Invalid value: {tail}: must be greater than or equal to 0")
    if limit is not None and limit < 1:
        raise Failure(422, f"limitBytes: Invalid value: {limit}: must be greater than 0")
    stream = request.value("stream")
    if stream not in ("", "All", "Stdout", "Stderr"):
        raise Failure(422, f'stream: Unsupported value: "{stream}": supported values: "All", "Stderr", "Stdout"')
    return LogOptions(
        request.flag("follow"),
        request.flag("previous"),
        request.flag("timestamps"),
        since,
        tail,
        limit,
        "" if stream == "All" else stream.lower(),
    )


class ContainerLogs:
    """Answers /containerLogs."""

    def __init__(self, view: PodsView, clock: Clock | None = None) -> None:
        self._view = view
        self._clock = clock or SystemClock()

    async def show(self, request: Request) -> None:
        """Stream a container's log."""
        pod, name = pod_of(self._view, request.parts[1:], 1)
        spec = pod.spec
        known = {each.name for each in spec.containers} | {each.name for each in spec.init_containers}
        if name not in known | {each.name for each in spec.ephemeral_containers}:
            raise Failure(404, f'container "{name}" not found in pod "{pod.metadata.name}"')
        options = options_of(request, self._clock)
        handle = self._view.container(pod, name, options.previous)
        if handle is None:
            raise Failure(400, missing(pod, name, options.previous))

        def running() -> bool:
            now = self._view.container(pod, name, options.previous)
            return now is not None and now.id == handle.id and now.running

        await request.stream(read_log(handle, options, running))


def missing(pod: Pod, name: str, previous: bool) -> str:
    """Why there is no instance of a container to show the log of."""
    where = f'container "{name}" in pod "{pod.metadata.name}"'
    if previous:
        return f"previous terminated {where} not found"
    status = _status_of(pod, name)
    if status is None:
        return f"{where} is not available"
    if status.state.terminated is not None:
        return f"{where} is terminated"
    if (waiting := status.state.waiting) is not None:
        words = {
            "ErrImagePull": "image can't be pulled",
            "ImagePullBackOff": "trying and failing to pull image",
        }
        return f"{where} is waiting to start: {words.get(waiting.reason, waiting.reason)}"
    return f"{where} is waiting to start - no logs yet"


def _status_of(pod: Pod, name: str) -> ContainerStatus | None:
    status = pod.status
    every = [*status.container_statuses, *status.init_container_statuses, *status.ephemeral_container_statuses]
    return next((each for each in every if each.name == name), None)


async def read_log(handle: ContainerHandle, options: LogOptions, running: Callable[[], bool]) -> AsyncIterator[bytes]:
    """A log's lines in pieces; with `follow` until the container has ended. Ends quietly when the files are gone."""
    if not handle.log_path:
        return
    watch = LogWatch(handle.log_path, handle.pid) if options.follow and running() else None
    printer = _Printer(options)
    try:
        async for entries in _pieces(handle.log_path, options, running, watch):
            if text := printer.text(entries):
                yield text
            if printer.full:
                return
    except OSError:
        return
    finally:
        if watch is not None:
            watch.close()


async def _pieces(
    path: str, options: LogOptions, running: Callable[[], bool], watch: LogWatch | None
) -> AsyncIterator[list[Entry]]:
    paths = await asyncio.to_thread(log_files.rotated, path)
    index, offset = 0, 0
    if options.tail is not None:
        index, offset = await asyncio.to_thread(log_files.tail_start, paths, options.tail)
    for old in paths[index:-1]:
        file = LogFile(old, offset)
        offset = 0
        try:
            while lines := await asyncio.to_thread(file.read):
                yield list(log_files.entries(lines))
        finally:
            file.close()
    file = LogFile(path, offset)
    try:
        while True:
            # Asked before reading: what was written before it ended is read after.
            going_on = watch is not None and running()
            while lines := file.read() if watch else await asyncio.to_thread(file.read):
                yield list(log_files.entries(lines))
            if watch is None:
                return
            if _inode(path) not in (file.inode, 0):
                # Rotated: whatever came before that is read by now, all that comes is in the new file.
                while lines := file.read():
                    yield list(log_files.entries(lines))
                file.close()
                file = LogFile(path)
                continue
            if not going_on:
                return
            await watch.wait(_LOOK_SECONDS if watch.process_ended or watch.blind else None)
    finally:
        file.close()


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except FileNotFoundError:
        return 0


class _Printer:
    """Entries as text, as the options want it."""

    def __init__(self, options: LogOptions) -> None:
        self._options = options
        self._since = options.since
        self._left = options.limit
        self._line_begins: dict[str, bool] = {}
        self.full = False

    def text(self, entries: list[Entry]) -> bytes:
        """What to show of these entries."""
        parts = []
        for entry in entries:
            if self._since:
                if log_files.stamp(entry.time) < self._since:
                    continue
                self._since = ""
            if self._options.stream and entry.stream != self._options.stream:
                continue
            if self._options.timestamps and self._line_begins.get(entry.stream, True):
                parts.append(f"{entry.time} ")
            parts.append(entry.log)
            self._line_begins[entry.stream] = entry.log.endswith("\n")
        data = "".join(parts).encode()
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
            self.full = self._left == 0
        return data
