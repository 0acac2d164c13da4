from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelet.pods_view import ContainerHandle
from kubelet.server import log_files
from kubelet.server.container_logs import LogOptions, missing, read_log
from minik8s.api.core_v1 import ContainerState, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Pod


def line(text: str, second: int = 0, stream: str = "stdout") -> bytes:
    entry = {"log": text, "stream": stream, "time": f"2026-01-01T00:00:{second:02}.5Z"}
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def handle(path: Path, running: bool = False, pid: int = 0) -> ContainerHandle:
    return ContainerHandle("c", "id", 0, running, str(path), pid=pid)


async def read(path: Path, options: LogOptions, running: Callable[[], bool] = lambda: False, pid: int = 0) -> bytes:
    return b"".join([piece async for piece in read_log(handle(path, pid=pid), options, running)])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Five lines in three files, the oldest rotated twice; the third line is long and in two pieces."""
    path = tmp_path / "id-json.log"
    Path(f"{path}.2").write_bytes(line("one\n", 1))
    Path(f"{path}.1").write_bytes(line("two\n", 2, "stderr") + line("thr", 3))
    path.write_bytes(line("ee\n", 3) + line("four\n", 4) + line("five\n", 5))
    return path


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (LogOptions(), "one two three four five"),
        (LogOptions(tail=0), ""),
        (LogOptions(tail=1), "five"),
        (LogOptions(tail=2), "four five"),
        (LogOptions(tail=3), "three four five"),
        (LogOptions(tail=4), "two three four five"),
        (LogOptions(tail=99), "one two three four five"),
        (LogOptions(stream="stderr"), "two"),
        (LogOptions(since=log_files.stamp("2026-01-01T00:00:04Z")), "four five"),
        (LogOptions(since=log_files.stamp("2026-01-01T00:00:04.6Z")), "five"),
        (LogOptions(tail=3, since=log_files.stamp("2026-01-01T00:00:05Z")), "five"),
    ],
)
async def test_parts_of_a_rotated_log(path: Path, options: LogOptions, shown: str) -> None:
    assert (await read(path, options)).decode().split("\n") == [*shown.split(), ""]


async def test_limit_cuts_bytes(path: Path) -> None:
    assert await read(path, LogOptions(limit=9)) == b"one\ntwo\nt"


async def test_timestamps_begin_lines_and_not_pieces(path: Path) -> None:
    text = await read(path, LogOptions(timestamps=True, tail=3))
    times = [f"2026-01-01T00:00:0{second}.5Z" for second in (3, 4, 5)]
    assert text.decode() == f"{times[0]} three\n{times[1]} four\n{times[2]} five\n"


async def test_a_last_line_without_an_end_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(line("a\n") + line("b\n") + line("prompt>"))
    assert await read(path, LogOptions(tail=1)) == b"prompt>"
    assert await read(path, LogOptions(tail=2)) == b"b\nprompt>"


async def test_what_a_crash_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(line("a\n") + b'{"log":"b' + b"\n" + line("c\n") + b'{"log":')
    assert await read(path, LogOptions()) == b"a\nc\n"


async def test_no_file_is_an_empty_log(tmp_path: Path) -> None:
    assert await read(tmp_path / "none", LogOptions()) == b""
    assert await read(tmp_path / "none", LogOptions(tail=3)) == b""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab\\\"\n", max_size=8).map(lambda text: text.replace("\n", "") + "\n"), max_size=30),
       st.integers(0, 35), st.integers(20, 400))  # fmt: skip
def test_tail_is_the_last_lines_whatever_the_block_size(lines: list[str], count: int, block: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(b"".join(map(line, lines)))
        before, log_files._PIECE = log_files._PIECE, block
        try:
            got = asyncio.run(read(path, LogOptions(tail=count)))
        finally:
            log_files._PIECE = before
        assert got.decode() == "".join(lines[-count:] if count else [])


async def test_following_sees_writes_rotation_and_the_end(tmp_path: Path) -> None:
    path = tmp_path / "id-json.log"
    path.write_bytes(line("a\n"))
    process = subprocess.Popen(["sleep", "60"])
    running = True
    got: list[bytes] = []

    async def follow() -> None:
        async for piece in read_log(handle(path, True, process.pid), LogOptions(follow=True), lambda: running):
            got.append(piece)

    async def seen(text: bytes) -> None:
        async with asyncio.timeout(30):
            while not b"".join(got).endswith(text):
                await asyncio.sleep(0.005)

    task = asyncio.create_task(follow())
    try:
        await seen(b"a\n")
        with path.open("ab") as file:
            file.write(line("b\n"))
            file.flush()
            await seen(b"b\n")
            file.write(line("c\n"))
        os.rename(path, f"{path}.1")
        path.write_bytes(line("d\n"))
        await seen(b"c\nd\n")
        process.kill()
        process.wait()
        with path.open("ab") as file:
            file.write(line("e\n"))
        running = False
        await asyncio.wait_for(task, 30)
        assert b"".join(got) == b"a\nb\nc\nd\ne\n"
    finally:
        process.kill()
        task.cancel()


async def test_following_costs_nothing_while_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "id-json.log"
    path.write_bytes(line("a\n"))
    asked = 0

    def running() -> bool:
        nonlocal asked
        asked += 1
        return True

    async def follow() -> None:
        async for _ in read_log(handle(path, True, os.getpid()), LogOptions(follow=True), running):
            pass

    task = asyncio.create_task(follow())
    await asyncio.sleep(0.3)
    task.cancel()
    assert asked <= 3


@pytest.mark.parametrize(
    ("state", "previous", "words"),
    [
        (None, True, 'previous terminated container "c" in pod "p" not found'),
        (None, False, 'container "c" in pod "p" is not available'),
        (ContainerState(waiting=ContainerStateWaiting(reason="ContainerCreating")), False,
         'container "c" in pod "p" is waiting to start: ContainerCreating'),
        (ContainerState(waiting=ContainerStateWaiting(reason="ErrImagePull")), False,
         'container "c" in pod "p" is waiting to start: image can\'t be pulled'),
        (ContainerState(waiting=ContainerStateWaiting(reason="ImagePullBackOff")), False,
         'container "c" in pod "p" is waiting to start: trying and failing to pull image'),
        (ContainerState(terminated=ContainerStateTerminated(exit_code=1)), False,
         'container "c" in pod "p" is terminated'),
        (ContainerState(), False, 'container "c" in pod "p" is waiting to start - no logs yet'),
    ],
)  # fmt: skip
def test_why_there_is_no_log(state: ContainerState | None, previous: bool, words: str) -> None:
    pod = Pod()
    pod.metadata.name = "p"
    if state is not None:
        pod.status.container_statuses = [ContainerStatus(name="c", state=state)]
    assert missing(pod, "c", previous) == words
