from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minik8s.daemon import shared_mount

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="needs root")]
REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPT = """
import ctypes, sys
from pathlib import Path
from minik8s.daemon import shared_mount
folder = Path(sys.argv[1])
lines = lambda: [line for line in open("/proc/self/mountinfo") if f" {folder}" in line]
mount = lambda source, target, kind, flags: ctypes.CDLL(None).mount(source, bytes(target), kind, flags, None)
if sys.argv[2:]:
    assert mount(b"tmpfs", folder / "sub", b"tmpfs", 0) == 0
    try:
        shared_mount.ensure(folder)
    except OSError as error:
        print(error)
    sys.exit()
print(shared_mount.ensure(folder), [" shared:" in line for line in lines()])
# Once is enough, also for what is below.
print(shared_mount.ensure(folder), shared_mount.ensure(folder / "sub"), len(lines()))
mount(None, folder, None, 1 << 18)
print(shared_mount.ensure(folder / "sub"), len(lines()))
"""


def run(folder: Path, *more: str) -> str:
    """In a mount namespace of its own, where nothing is shared."""
    (folder / "sub").mkdir()
    command = ["unshare", "--mount", "--propagation=private", sys.executable, "-c", SCRIPT, str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_folder_is_made_shared_once(tmp_path: Path) -> None:
    assert run(tmp_path).splitlines() == ["True [True]", "False False 1", "True 2"]


def test_what_is_mounted_in_it_is_not_hidden(tmp_path: Path) -> None:
    assert run(tmp_path, "mounted") == f"[Errno 16] something is mounted in it already: '{tmp_path}/sub'\n"


def test_what_cannot_be_mounted_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        shared_mount._mount(tmp_path / "none", shared_mount._BIND)
