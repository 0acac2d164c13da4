"""A worker's process whose end nobody could hear of is not left running."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from apiserver.heavy.child import Child


async def test_without_a_descriptor_to_spare_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[subprocess.Popen[bytes]] = []

    def start(*arguments: Any, **more: Any) -> subprocess.Popen[bytes]:
        made.append(subprocess.Popen(*arguments, **more))
        return made[0]

    def none_left(pid: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    parts = SimpleNamespace(Popen=start, DEVNULL=subprocess.DEVNULL)
    monkeypatch.setattr("apiserver.heavy.child.subprocess", parts)
    monkeypatch.setattr(os, "pidfd_open", none_left)
    with pytest.raises(OSError, match="Too many open files"):
        Child([sys.executable, "-c", "import time; time.sleep(600)"])
    assert made[0].returncode is not None
