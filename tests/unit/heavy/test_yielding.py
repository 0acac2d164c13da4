"""The worker's processor time: the idle policy only where its session has a share that is its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apiserver.heavy.yielding import in_a_cgroup


@pytest.mark.parametrize(
    ("listed", "weighed", "expected"),
    [
        ("9:name=systemd:/\n1:cpu,cpuacct:/\n0::/\n", [], False),
        ("9:name=systemd:/a\n1:cpu,cpuacct:/docker/1\n0::/\n", [], True),
        ("0::/\n", [], False),
        ("0::/\n", ["."], True),
        ("0::/system.slice/minik8s.service\n", ["user.slice"], False),
        ("0::/system.slice/minik8s.service\n", ["system.slice"], True),
        ("0::/system.slice/minik8s.service\n", ["system.slice", "system.slice/minik8s.service"], True),
    ],
)
def test_who_shares_out_the_processor(tmp_path: Path, listed: str, weighed: list[str], expected: bool) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(listed)
    top = tmp_path / "sys/fs/cgroup"
    top.mkdir(parents=True)
    (tmp_path / "sys/cpu.weight").write_text("not a control group's")
    for folder in weighed:
        (top / folder).mkdir(parents=True, exist_ok=True)
        (top / folder / "cpu.weight").write_text("100")
    assert in_a_cgroup(tmp_path) is expected


def test_what_cannot_be_seen_is_not_taken_for_free(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/\n")
    with pytest.raises(FileNotFoundError):
        in_a_cgroup(tmp_path)


_YIELD = """
import os
from apiserver.heavy.yielding import yield_to_others
yield_to_others()
print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))
"""


def _policy(*, own_session: bool) -> list[int]:
    argv = [sys.executable, "-c", _YIELD]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, start_new_session=own_session)
    return [int(word) for word in done.stdout.split()]


def test_a_process_of_another_session_is_not_idle() -> None:
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    assert _policy(own_session=False) == [os.SCHED_BATCH, min(nice + 10, 19)]


def test_a_process_of_its_own_session_yields() -> None:
    policy, _ = _policy(own_session=True)
    assert policy in (os.SCHED_IDLE, os.SCHED_BATCH)
