"""The worker yields the processor: who makes heavy requests must not make those wait who make light ones."""

from __future__ import annotations

import os
from pathlib import Path

_NICE = 10
_GROUP_NICE = "5"


def yield_to_others() -> None:
    """Let whatever else wants the processor go first, from now on, without being starved.

    A process of the idle policy gives way at once, but among equals it gets next to nothing on a busy machine. Where
    the kernel gives each session a group with a share of its own (autogroup, sched(7)), this session's share is what
    is left to it whatever its policy, and the idle one is safe. Elsewhere: the batch policy and a lower priority,
    which give way within some milliseconds. To be called in a session of its own.
    """
    if _has_a_share():
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(_NICE)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _has_a_share() -> bool:
    """Whether this session has a share of the processor by itself, which is made a smaller one."""
    if os.getsid(0) != os.getpid():
        return False
    try:
        if Path("/proc/sys/kernel/sched_autogroup_enabled").read_text().strip() != "1" or in_a_cgroup(Path("/")):
            return False
        Path("/proc/self/autogroup").write_text(_GROUP_NICE)
    except OSError:
        return False
    return True


def in_a_cgroup(root: Path) -> bool:
    """Whether a control group shares out the processor for this process, so that its session's group has no say.

    `root` is where /proc and /sys are. Raises OSError where that cannot be seen.
    """
    unified = ""
    for line in (root / "proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "cpu" in controllers.split(","):
            return path != "/"
        if not controllers:
            unified = path
    # Only what is below the root and shares out the processor has a weight (cgroup v2); a container's too.
    top = root / "sys/fs/cgroup"
    if not top.is_dir():
        raise FileNotFoundError(top)
    folder = top / unified.strip("/")
    return any((each / "cpu.weight").exists() for each in (folder, *folder.parents) if each.is_relative_to(top))
