"""fsGroup: the files of a volume given to a group, all of them or only when the top is not as it should be."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

_FOLDER, _FILE = 0o2770, 0o660


def give(path: Path, group: int, policy: str | None = None) -> None:
    """Give a tree to a group; of links the links themselves. With `OnRootMismatch` only if its top is not right yet.

    Raises OSError.
    """
    if policy == "OnRootMismatch" and _right(path, group):
        return
    # The top goes last: until then an interrupted change is seen not to be finished.
    for place, folders, names in os.walk(os.path.realpath(path), topdown=False):
        links = (os.path.join(place, name) for name in folders)
        for file in (*(os.path.join(place, name) for name in names), *(one for one in links if os.path.islink(one))):
            # What a Pod removes meanwhile needs no owner.
            with contextlib.suppress(FileNotFoundError):
                _give(file, group, _FILE)
        with contextlib.suppress(FileNotFoundError):
            _give(place, group, _FOLDER)


def _give(path: str, group: int, mode: int) -> None:
    os.lchown(path, -1, group)
    held = os.lstat(path).st_mode
    if not stat.S_ISLNK(held):
        os.chmod(path, held & 0o7777 | mode)


def _right(path: Path, group: int) -> bool:
    held = os.stat(path)
    return held.st_gid == group and held.st_mode & _FOLDER == _FOLDER
