"""hostPath volumes: what must be there already, and what may be made."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kubelet.volumes.types import VolumeError

_TESTS = {
    "Directory": (stat.S_ISDIR, "a directory"),
    "File": (stat.S_ISREG, "a file"),
    "Socket": (stat.S_ISSOCK, "a socket file"),
    "CharDevice": (stat.S_ISCHR, "a character device"),
    "BlockDevice": (stat.S_ISBLK, "a block device"),
}


def prepare(path: Path, kind: str) -> None:
    """Check the path, making it where the type says so. Raises VolumeError."""
    try:
        if not kind:
            # Docker would refuse what is not there; Kubernetes leaves it to the engine, which makes a folder.
            if not path.exists():
                path.mkdir(parents=True)
            return
        if kind == "DirectoryOrCreate" and not path.exists():
            path.mkdir(mode=0o755, parents=True)
        elif kind == "FileOrCreate" and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
        test, word = _TESTS[kind.removesuffix("OrCreate")]
        if not path.exists() or not test(os.stat(path).st_mode):
            raise VolumeError(f"hostPath type check failed: {path} is not {word}")
    except OSError as error:
        raise VolumeError(f"hostPath {path} cannot be made: {error.strerror}") from None
