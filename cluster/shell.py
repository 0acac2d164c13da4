"""Running other programs, with errors that say which and why."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from cluster.options import ClusterError


def run(*command: str, input: str | None = None, check: bool = True, timeout: float = 60) -> str:
    """The standard output of a command. Raises ClusterError with what it complained about, unless not `check`."""
    try:
        done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError:
        raise ClusterError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise ClusterError(f"{' '.join(command)} did not end within {timeout:g} s") from None
    if check and done.returncode != 0:
        said = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise ClusterError(f"{' '.join(command)}: {said}")
    return done.stdout


def works(*command: str) -> bool:
    """Whether a command succeeds."""
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def batch(lines: Sequence[str], namespace: str = "") -> None:
    """Several `ip` commands in one process. Raises ClusterError naming the line that failed."""
    if not lines:
        return
    command = ["ip", *(("-netns", namespace) if namespace else ()), "-batch", "-"]
    run(*command, input="\n".join(lines) + "\n")
