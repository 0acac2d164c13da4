"""tmpfs for what must not reach a disk, and what is mounted below a folder."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from minik8s.daemon.mount_table import mounts

_NOSUID, _NODEV = 2, 4
_DETACH = 2
_BIND = 4096


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def mount_tmpfs(folder: Path, size: int = 0, mode: int = 0o777) -> None:
    """Mount memory on a folder, `size` bytes at most. Raises OSError."""
    options = f"mode={mode:o}" + (f",size={size}" if size else "")
    if _libc().mount(b"tmpfs", os.fsencode(folder), b"tmpfs", _NOSUID | _NODEV, options.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(folder))


def unmount(folder: Path) -> None:
    """Unmount a folder; users of it keep what they have open. Raises OSError."""
    if _libc().umount2(os.fsencode(folder), _DETACH) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(folder))


def bind(source: Path, target: Path) -> None:
    """Have `target`, which is there, show `source`. Raises OSError."""
    if _libc().mount(os.fsencode(source), os.fsencode(target), None, _BIND, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def is_mounted(place: Path) -> bool:
    """Whether something is mounted on just this place."""
    place = Path(os.path.realpath(place.parent)) / place.name
    return place in mounted_below(place)


def mounted_below(folder: Path) -> list[Path]:
    """All mount points in a folder, the deepest first."""
    start = str(folder)
    found = [Path(place) for place, _ in mounts() if place == start or place.startswith(start + "/")]
    return sorted(found, key=lambda p: len(p.parts), reverse=True)
