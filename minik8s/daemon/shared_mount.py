"""A folder whose mounts are seen by containers that mount the folder, and the other way round.

On most machines everything is so from the start; where it is not, the folder is mounted on itself.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from minik8s.daemon import mount_table

_BIND, _RECURSIVE, _SHARED = 4096, 16384, 1 << 20


def ensure(folder: Path) -> bool:
    """Whether it had to be made so. Raises OSError, also when something is mounted in the folder already."""
    folder = Path(os.path.realpath(folder))
    table = _table()
    if _is_shared(folder, table):
        return False
    if inside := [place for place, _ in table if place.is_relative_to(folder) and place != folder]:
        raise OSError(16, "something is mounted in it already", str(inside[0]))
    _mount(folder, _BIND)
    _mount(folder, _SHARED | _RECURSIVE)
    return True


def _table() -> list[tuple[Path, bool]]:
    """All mounts, the topmost last: where, and whether they are shared."""
    return [(Path(each.place), each.shared) for each in mount_table.mounts()]


def _is_shared(folder: Path, table: list[tuple[Path, bool]]) -> bool:
    holding = [(place, shared) for place, shared in table if folder.is_relative_to(place)]
    deepest = max((len(place.parts) for place, _ in holding), default=0)
    # Of several on one place the last is what is seen.
    return [shared for place, shared in holding if len(place.parts) == deepest][-1]


def _mount(folder: Path, flags: int) -> None:
    path = os.fsencode(folder)
    if ctypes.CDLL(None, use_errno=True).mount(path, path, None, flags, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(folder))
