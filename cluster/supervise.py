"""The supervisor: starts the processes of one cluster, restarts them with back-off, stops them in order.

Run as `python -m cluster.supervise RUN_DIR`. It reads RUN_DIR/processes.json, listens on RUN_DIR/supervisor.sock
for one JSON request a line, and notes every child in RUN_DIR/children.json, so that after its own violent death the
next supervisor can end what the last one started. It imports nothing but the standard library: it has to be small.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cluster.specs import Spec

BACKOFF_FIRST, BACKOFF_MOST = 0.25, 30.0
STEADY_SECONDS = 30.0
"""Who ran so long is taken for healthy: its next restart is quick again."""
LOG_LIMIT = 20 * 1024 * 1024
_LOG_CHECK_SECONDS = 600.0


class Process:
    """One supervised process."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.pid = 0
        self.state = "stopped"
        self.started_at = 0.0
        self.restarts = 0
        self.last_exit = ""
        self.wanted = True
        self._task: asyncio.Task[None] | None = None
        self._child: asyncio.subprocess.Process | None = None

    def start(self, changed: Callable[[], None]) -> None:
        """Keep it running from now on."""
        self.wanted = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._keep(changed))

    async def stop(self) -> None:
        """End it politely, then by force; it stays stopped."""
        self.wanted = False
        child = self._child
        if child is not None and child.returncode is None:
            _signal_group(child.pid, signal.SIGTERM)
            try:
                async with asyncio.timeout(self.spec.stop_seconds):
                    await child.wait()
            except TimeoutError:
                _signal_group(child.pid, signal.SIGKILL)
                await child.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.state, self.pid = "stopped", 0

    def signal(self, number: int) -> bool:
        """Send a signal to the process alone; False when it does not run."""
        if self._child is None or self._child.returncode is not None:
            return False
        self._child.send_signal(number)
        return True

    def status(self) -> dict[str, Any]:
        """What the supervisor knows."""
        return {
            "name": self.spec.name,
            "node": self.spec.node,
            "pid": self.pid,
            "state": self.state,
            "started_at": self.started_at,
            "restarts": self.restarts,
            "last_exit": self.last_exit,
            "log": self.spec.log,
            "health": self.spec.health,
        }

    async def _keep(self, changed: Callable[[], None]) -> None:
        pause = 0.0
        while self.wanted:
            await self._wait_for_needs()
            began = time.monotonic()
            code = await self._run_once(changed)
            changed()
            if not self.wanted:
                return
            self.last_exit = f"signal {-code}" if code < 0 else f"exit status {code}"
            self.restarts += 1
            steady = time.monotonic() - began >= STEADY_SECONDS
            pause = BACKOFF_FIRST if steady or not pause else min(pause * 2, BACKOFF_MOST)
            self.state, self.pid = "backoff", 0
            await asyncio.sleep(pause)

    async def _wait_for_needs(self) -> None:
        self.state = "waiting"
        while any(not os.path.exists(path) for path in self.spec.needs):
            await asyncio.sleep(0.03)

    async def _run_once(self, changed: Callable[[], None]) -> int:
        spec = self.spec
        argv = ["nsenter", f"--net={spec.netns}", "--", *spec.argv] if spec.netns else spec.argv
        trim_log(spec.log)
        with open(spec.log, "ab", buffering=0) as log:
            try:
                child = await asyncio.create_subprocess_exec(
                    *argv,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=dict(os.environ) | spec.env,
                    start_new_session=True,
                )
            except OSError as error:
                log.write(f"cannot start {argv[0]}: {error}\n".encode())
                return 127
        self._child, self.pid, self.state, self.started_at = child, child.pid, "running", time.time()
        changed()
        return await child.wait()


class Supervisor:
    """All processes of one cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, Process] = {}
        self._children = folder / "children.json"
        self._end = asyncio.Event()

    async def run(self) -> None:
        """Until told to stop, or SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        end_orphans(self._children)
        for entry in json.loads((self.folder / "processes.json").read_text()):
            self.add(Spec.from_json(entry))
        socket = self.folder / "supervisor.sock"
        socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, str(socket))
        os.chmod(socket, 0o600)
        trimming = loop.create_task(self._trim_logs())
        await self._end.wait()
        trimming.cancel()
        await self.stop_all()
        server.close()
        socket.unlink(missing_ok=True)
        self._children.unlink(missing_ok=True)

    def add(self, spec: Spec) -> None:
        """Run one more process."""
        if spec.name not in self.processes:
            self.processes[spec.name] = Process(spec)
        self.processes[spec.name].start(self._note)

    async def stop_all(self, from_stage: int = 0) -> None:
        """Stop everything of a stage and above, the highest stage first; one stage's processes together."""
        stages = sorted({p.spec.stage for p in self.processes.values() if p.spec.stage >= from_stage}, reverse=True)
        for stage in stages:
            await asyncio.gather(*(p.stop() for p in self.processes.values() if p.spec.stage == stage))
        self._note()

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request. Raises KeyError for an unknown operation or process."""
        operation = request["op"]
        if operation == "status":
            return {"pid": os.getpid(), "processes": [p.status() for p in self.processes.values()]}
        if operation == "shutdown":
            self._end.set()
            return {}
        if operation == "stop-stages":
            await self.stop_all(int(request["from"]))
            return {}
        if operation == "add":
            for entry in request["specs"]:
                self.add(Spec.from_json(entry))
            return {}
        chosen = [self.processes[name] for name in request["names"]]
        if operation == "signal":
            return {"sent": [p.signal(int(request["signal"])) for p in chosen]}
        if operation in ("stop", "restart", "remove"):
            await asyncio.gather(*(p.stop() for p in chosen))
        if operation in ("start", "restart"):
            for process in chosen:
                process.start(self._note)
        elif operation == "remove":
            for process in chosen:
                del self.processes[process.spec.name]
        elif operation != "stop":
            raise KeyError(operation)
        self._note()
        return {}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                try:
                    answer = {"ok": True} | await self.answer(json.loads(line))
                except (KeyError, ValueError) as error:
                    answer = {"ok": False, "error": f"unknown: {error}"}
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        writer.close()

    def _note(self) -> None:
        running = {str(p.pid): start_time(p.pid) for p in self.processes.values() if p.pid}
        temporary = self._children.with_suffix(".new")
        temporary.write_text(json.dumps(running))
        os.replace(temporary, self._children)

    async def _trim_logs(self) -> None:
        while True:
            await asyncio.sleep(_LOG_CHECK_SECONDS)
            for process in self.processes.values():
                trim_log(process.spec.log)


def end_orphans(record: Path) -> None:
    """End what a supervisor that was killed has left: only processes it started, known by pid and start time."""
    try:
        noted: dict[str, int] = json.loads(record.read_text())
    except (OSError, ValueError):
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 5
        while left := [int(pid) for pid, began in noted.items() if start_time(int(pid)) == began != 0]:
            for pid in left:
                _signal_group(pid, number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)


def start_time(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    fields = stat.rpartition(")")[2].split()
    return 0 if fields[0] == "Z" else int(fields[19])


def trim_log(path: str) -> None:
    """Keep one older piece of a log that has grown large."""
    try:
        if os.path.getsize(path) <= LOG_LIMIT:
            return
        with open(path, "rb+") as log, open(path + ".1", "wb") as older:
            while piece := log.read(1 << 20):
                older.write(piece)
            log.truncate(0)
    except OSError:
        return


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[bool]:
    """Whether this is the only supervisor of the folder."""
    with open(folder / "supervisor.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield True


def main() -> None:
    """Entry point."""
    folder = Path(sys.argv[1])
    with only_one(folder) as alone:
        if not alone:
            sys.exit(f"another supervisor runs in {folder}")
        asyncio.run(Supervisor(folder).run())


if __name__ == "__main__":
    main()
