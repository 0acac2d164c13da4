"""fsGroup: the files of a volume given to a group, all of them or only when the top is not as it should be."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_FOLDER, _FILE = 0o2770, 0o660


def give(path: Path, group: int, policy: str | None = None) -> None:
    """Give a tree to a group; links are not followed. With `OnRootMismatch` only if its top is not right yet.

    Raises OSError.
    """
    if policy == "OnRootMismatch" and _right(path, group):
        return
    # The top goes last: until then an interrupted change is seen not to be finished.
    for place, _, names in os.walk(path, topdown=False):
        for name in names:
            file = os.path.join(place, name)
            if not os.path.islink(file):
                # What a Pod removes meanwhile needs no owner.
                with contextlib.suppress(FileNotFoundError):
                    _give(file, group, _FILE)
        with contextlib.suppress(FileNotFoundError):
            _give(place, group, _FOLDER)


def _give(path: str, group: int, mode: int) -> None:
    os.chown(path, -1, group)
    os.chmod(path, os.stat(path).st_mode & 0o7777 | mode)


def _right(path: Path, group: int) -> bool:
    held = os.stat(path)
    return held.st_gid == group and held.st_mode & _FOLDER == _FOLDER
