"""The sandbox's program as the first process of a namespace, where signals with default actions do not arrive."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubelet.runtime import pause

pytestmark = pytest.mark.root


@pytest.fixture
def first(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`unshare`, and the pid of the program below it."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare")
    program = tmp_path / "pause"
    program.write_bytes(pause.program(platform.machine()))
    program.chmod(0o755)
    parent = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", str(program)])
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    while not (pids := children.read_text().split()) or os.readlink(f"/proc/{pids[0]}/exe") != str(program):
        assert parent.poll() is None, "the program did not start"
    yield parent, int(pids[0])
    parent.kill()
    parent.wait()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_told_to(first: tuple[subprocess.Popen[bytes], int], stop: signal.Signals) -> None:
    parent, pid = first
    status = Path(f"/proc/{pid}/status")
    # Waiting in the kernel, with orphans' deaths ignored (bit of signal 17): only then is it told to stop.
    while "sigtimedwait" not in Path(f"/proc/{pid}/wchan").read_text():
        pass
    assert int(status.read_text().split("SigIgn:")[1].split()[0], 16) & 1 << signal.SIGCHLD - 1
    os.kill(pid, signal.SIGUSR1)
    os.kill(pid, stop)
    assert parent.wait(timeout=10) == 0
