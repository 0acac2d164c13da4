"""Places of mounts, whatever is in their names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minik8s.daemon.mount_table import mounts

REPOSITORY = Path(__file__).resolve().parents[3]
NAMES = [os.fsencode(name) for name in ("plain", "ä b", "tab\tback\\slash", "line\nend", "e\rf")] + [b"latin \xe4"]
SCRIPT = """
import ctypes, os, sys
from pathlib import Path
from cluster.traces import mounts_under, unmount
from kubelet.volumes.mounts import mounted_below
folder = Path(sys.argv[1])
places = sorted(folder.iterdir())
for place in places:
    assert ctypes.CDLL(None).mount(b"tmpfs", bytes(place), b"tmpfs", 0, None) == 0
assert sorted(mounted_below(folder)) == places
assert sorted(map(Path, mounts_under([folder]))) == places
unmount(each for each in [folder])
assert mounted_below(folder) == []
"""


def test_places_and_propagation(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_bytes(
        b"22 1 0:21 / /a\\040b shared:1 - proc proc rw\n".replace(b" shared", b" rw shared")
        + "23 22 0:22 / /ä\\134c rw - ext4 /dev/x rw\n".encode()
        + b"24 22 0:22 / /\xe4\\012 rw master:1 shared:2 - ext4 - rw\n"
    )
    assert [(os.fsencode(place), shared) for place, shared in mounts(str(table))] == [
        (b"/a b", True),
        ("/ä\\c".encode(), False),
        (b"/\xe4\n", True),
    ]


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_every_mount_is_found_and_taken_away(tmp_path: Path) -> None:
    for name in NAMES:
        os.mkdir(bytes(tmp_path) + b"/" + name)
    command = ["unshare", "--mount", "--propagation=private", sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=60)
    assert done.returncode == 0, done.stderr
