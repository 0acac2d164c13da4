from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from cluster.specs import Spec
from cluster.supervise import Supervisor, end_orphans, only_one, start_time, trim_log

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(100)"]


def spec(folder: Path, name: str, argv: list[str], **more: Any) -> Spec:
    return Spec(name, argv, str(folder / f"{name}.log"), **more)


@contextlib.asynccontextmanager
async def supervising(folder: Path, *specs: Spec) -> AsyncIterator[Supervisor]:
    (folder / "processes.json").write_text(json.dumps([s.to_json() for s in specs]))
    supervisor = Supervisor(folder)
    task = asyncio.create_task(supervisor.run())
    while not (folder / "supervisor.sock").exists():
        await asyncio.sleep(0.01)
    try:
        yield supervisor
    finally:
        supervisor._end.set()
        await asyncio.wait_for(task, 30)


async def until(condition: Any) -> None:
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    async with supervising(tmp_path, spec(tmp_path, "a", SLEEPER)) as supervisor:
        process = supervisor.processes["a"]
        log = tmp_path / "a.log"
        await until(lambda: process.state == "running" and "up" in log.read_text())
        first = process.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: process.pid not in (0, first))
        assert process.restarts == 1 and process.last_exit == "signal 9"
        pid = process.pid
    assert start_time(pid) == 0


async def test_one_that_keeps_failing_is_started_ever_more_rarely(tmp_path: Path) -> None:
    async with supervising(tmp_path, spec(tmp_path, "a", ["false"]), spec(tmp_path, "b", ["no-such-program"])) as s:
        await asyncio.sleep(1.3)
        assert 2 <= s.processes["a"].restarts <= 4
        assert s.processes["a"].last_exit == "exit status 1"
        assert s.processes["b"].last_exit == "exit status 127"
    assert "cannot start no-such-program" in (tmp_path / "b.log").read_text()


async def test_a_process_waits_for_the_files_it_needs(tmp_path: Path) -> None:
    needed = tmp_path / "needed"
    async with supervising(tmp_path, spec(tmp_path, "a", SLEEPER, needs=[str(needed)])) as supervisor:
        process = supervisor.processes["a"]
        await asyncio.sleep(0.1)
        assert process.state == "waiting"
        needed.touch()
        await until(lambda: process.state == "running")


async def test_stages_stop_from_the_highest(tmp_path: Path) -> None:
    order = tmp_path / "order"
    program = (
        "import signal, sys, time\n"
        f"def end(*_):\n    open({str(order)!r}, 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\ntime.sleep(100)"
    )
    specs = [spec(tmp_path, f"p{n}", [sys.executable, "-c", program, str(n)], stage=n) for n in (1, 2, 3)]
    async with supervising(tmp_path, *specs) as supervisor:
        await until(lambda: all((tmp_path / f"p{n}.log").exists() for n in (1, 2, 3)))
        await until(lambda: all("up" in (tmp_path / f"p{n}.log").read_text() for n in (1, 2, 3)))
        await supervisor.stop_all(from_stage=2)
        assert order.read_text() == "32"
        assert supervisor.processes["p1"].state == "running"
    assert order.read_text() == "321"


async def test_one_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('up', flush=True)\nwhile 1: time.sleep(9)"
    )
    deaf = spec(tmp_path, "deaf", [sys.executable, "-c", program], stop_seconds=0.2)
    async with supervising(tmp_path, deaf) as supervisor:
        await until(lambda: "up" in (tmp_path / "deaf.log").read_text() if (tmp_path / "deaf.log").exists() else False)
        pid = supervisor.processes["deaf"].pid
        await supervisor.processes["deaf"].stop()
        assert start_time(pid) == 0


async def test_requests_over_the_socket(tmp_path: Path) -> None:
    async with supervising(tmp_path, spec(tmp_path, "a", SLEEPER)):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "supervisor.sock"))

        async def ask(**request: Any) -> dict[str, Any]:
            writer.write(json.dumps(request).encode() + b"\n")
            answer: dict[str, Any] = json.loads(await reader.readline())
            return answer

        assert (await ask(op="status"))["processes"][0]["name"] == "a"
        assert (await ask(op="stop", names=["a"]))["ok"]
        assert (await ask(op="status"))["processes"][0]["state"] == "stopped"
        assert (await ask(op="start", names=["a"]))["ok"]
        assert (await ask(op="add", specs=[spec(tmp_path, "b", SLEEPER).to_json()]))["ok"]
        await asyncio.sleep(0.2)
        states = {p["name"]: p["state"] for p in (await ask(op="status"))["processes"]}
        assert states == {"a": "running", "b": "running"}
        assert (await ask(op="signal", names=["b"], signal=9))["sent"] == [True]
        assert (await ask(op="remove", names=["b"]))["ok"]
        assert not (await ask(op="stop", names=["nobody"]))["ok"]
        assert not (await ask(op="dance", names=[]))["ok"]
        writer.close()


def test_what_a_dead_supervisor_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    ours = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL, start_new_session=True)
    other = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL, start_new_session=True)
    record = tmp_path / "children.json"
    record.write_text(json.dumps({str(ours.pid): start_time(ours.pid), str(other.pid): 1}))
    end_orphans(record)
    assert ours.wait(5) == -signal.SIGTERM
    assert other.poll() is None
    other.kill()
    other.wait()
    end_orphans(tmp_path / "nothing")


def test_only_one_supervisor_a_folder(tmp_path: Path) -> None:
    with only_one(tmp_path) as first, only_one(tmp_path) as second:
        assert (first, second) == (True, False)


def test_a_large_log_is_cut(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("cluster.supervise.LOG_LIMIT", 10)
    log = tmp_path / "log"
    log.write_text("x" * 20)
    trim_log(str(log))
    assert log.read_text() == "" and (tmp_path / "log.1").read_text() == "x" * 20
    trim_log(str(tmp_path / "none"))
    assert time.time() > 0
