"""The nginx program: started, found again after this process died, told to read its configuration, ended.

It has a session of its own and so outlives this process; its pid file and its control socket tell the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import structlog

from ingress.frame import Frame
from minik8s.clock import Clock

log = structlog.get_logger("ingress.nginx")

_START_SECONDS, _RELOAD_SECONDS = 10.0, 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1


class NginxError(Exception):
    """nginx cannot be started or does not do what it is told; the message tells a person why."""


class Nginx:
    """One nginx; `ended` is called when it is gone without having been told to."""

    def __init__(self, program: str, frame: Frame, clock: Clock, ended: Callable[[], None]) -> None:
        self._program, self._frame, self._clock, self._ended = program, frame, clock, ended
        self._child: subprocess.Popen[bytes] | None = None
        self._gone = asyncio.Event()
        self._descriptor = -1
        self.pid = 0

    @property
    def runs(self) -> bool:
        """Whether it does."""
        return self.pid != 0

    async def adopt(self) -> str:
        """Take over the nginx of a controller before this one; the generation it serves, "" when there is none."""
        pid = _noted(self._frame.pid_file)
        if not pid:
            return ""
        if not _is_master(pid, self._frame.configuration):
            await self._end_workers(pid)
            return ""
        self._follow(pid)
        generation = await self.generation()
        log.info("nginx runs already and is taken over", pid=pid, generation=generation)
        return generation

    async def start(self, generation: str) -> None:
        """Start it with what is installed. Raises NginxError."""
        await self._end_workers(_noted(self._frame.pid_file))
        self.check_ports()
        for left in (self._frame.socket, self._frame.pid_file):
            left.unlink(missing_ok=True)
        folder, conf = str(self._frame.folder), str(self._frame.configuration)
        argv = [self._program, "-p", folder, "-c", conf, "-e", "stderr"]
        try:
            self._child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/")
        except OSError as error:
            raise NginxError(f"{self._program} cannot be started: {error.strerror}") from None
        self._follow(self._child.pid)
        if not await self._serving(generation, _START_SECONDS):
            await self.stop(0)
            raise NginxError("nginx does not start; its reason is in the log")
        log.info("nginx started", pid=self.pid, generation=generation)

    async def reload(self, generation: str) -> None:
        """Have it read what is installed; connections that are open stay with workers of before. Raises NginxError."""
        self._signal(signal.SIGHUP)
        if not await self._serving(generation, _RELOAD_SECONDS):
            raise NginxError("nginx does not take the new configuration; its reason is in the log")

    async def stop(self, grace: float) -> None:
        """End it: `grace` seconds for requests under way."""
        for number, seconds in ((signal.SIGQUIT, grace), (signal.SIGTERM, 1.0), (signal.SIGKILL, 5.0)):
            if not self.runs:
                return
            if not seconds:
                continue
            pid = self.pid
            self._signal(number)
            try:
                async with asyncio.timeout(seconds):
                    await self._gone.wait()
            except TimeoutError:
                continue
            if number == signal.SIGKILL:
                await self._end_workers(pid)

    async def generation(self) -> str:
        """What it serves now, by its own words; "" when it says nothing."""
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_unix_connection(str(self._frame.socket))
                try:
                    writer.write(b"GET /generation HTTP/1.0\r\n\r\n")
                    answer = await reader.read()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return ""
        head, _, body = answer.partition(b"\r\n\r\n")
        return body.decode(errors="replace").strip() if b" 200 " in head[:20] else ""

    def check_ports(self) -> None:
        """Raises NginxError when somebody else listens where it would."""
        taken = []
        for port in (self._frame.http_port, self._frame.https_port):
            for address in self._frame.addresses if port else ():
                kind = socket.AF_INET6 if address.startswith("[") else socket.AF_INET
                with socket.socket(kind, socket.SOCK_STREAM) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    if kind == socket.AF_INET6:
                        probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    try:
                        probe.bind((address.strip("[]"), port))
                    except OSError as error:
                        taken.append(f"{address}:{port} ({error.strerror})")
        if taken:
            raise NginxError(f"cannot listen on {', '.join(taken)}")

    async def _serving(self, generation: str, seconds: float) -> bool:
        """Whether it comes to serve a generation before the time is over or it ends."""
        deadline = self._clock.monotonic() + seconds
        pause = _FIRST_PAUSE
        while self.runs and await self.generation() != generation:
            if self._clock.monotonic() > deadline:
                return False
            await self._clock.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return self.runs

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def _follow(self, pid: int) -> None:
        self.pid, self._descriptor = pid, os.pidfd_open(pid)
        self._gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._descriptor, self._lost)

    def _lost(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        status = self._child.poll() if self._child is not None else None
        log.info("nginx ended", pid=self.pid, status=status)
        self.pid, self._descriptor, self._child = 0, -1, None
        self._gone.set()
        self._ended()

    def forget(self) -> None:
        """Stop looking after it and leave it running."""
        if self.runs:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self.pid, self._descriptor, self._child = 0, -1, None

    async def _end_workers(self, master: int) -> None:
        """Workers whose master was killed go on serving and hold the ports: have them finish what they do."""
        if not master or Path(f"/proc/{master}").exists() and _is_master(master, self._frame.configuration):
            return
        for pid in _session(master):
            log.info("a worker without its master is ended", pid=pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        deadline = self._clock.monotonic() + 2
        while self._clock.monotonic() < deadline:
            try:
                self.check_ports()
                return
            except NginxError:
                await self._clock.sleep(0.02)


def _noted(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _is_master(pid: int, configuration: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"nginx" in words and str(configuration).encode() in words and b"worker process" not in words


def _session(master: int) -> list[int]:
    """The processes of nginx in the session a master had."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            head, _, rest = (folder / "stat").read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if fields[3] == str(master) and head.endswith("(nginx") and fields[0] != "Z":
            found.append(int(folder.name))
    return found
