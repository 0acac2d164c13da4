"""How full a volume is: as its file system says it, by walking its files, or the size of a device."""

from __future__ import annotations

import dataclasses
import os
import stat
from pathlib import Path

_BLOCK = 512


@dataclasses.dataclass(frozen=True, slots=True)
class Space:
    """What of a volume is used, in bytes and in inodes; `abnormal` and `message` say how well it is, if known."""

    available: int = 0
    capacity: int = 0
    used: int = 0
    inodes_free: int = 0
    inodes: int = 0
    inodes_used: int = 0
    abnormal: bool | None = None
    message: str = ""


def of_filesystem(path: Path) -> Space:
    """What the file system a path is on says of itself. Raises OSError."""
    held = os.statvfs(path)
    size = held.f_frsize
    return Space(
        available=held.f_bavail * size,
        capacity=held.f_blocks * size,
        used=(held.f_blocks - held.f_bfree) * size,
        inodes_free=held.f_ffree,
        inodes=held.f_files,
        inodes_used=held.f_files - held.f_ffree,
    )


def of_tree(path: Path) -> Space:
    """What the files of a tree use of the file system they are on. Raises OSError."""
    used, inodes = _walk(path)
    return dataclasses.replace(of_filesystem(path), used=used, inodes_used=inodes)


def of_device(path: Path) -> Space:
    """The size of a device; how much of it is used nobody can tell. Raises OSError."""
    device = os.open(path, os.O_RDONLY)
    try:
        return Space(capacity=os.lseek(device, 0, os.SEEK_END))
    finally:
        os.close(device)


def _walk(top: Path) -> tuple[int, int]:
    """Bytes and inodes of a tree; other file systems in it are not counted, files with several names once."""
    held = os.stat(top)
    used, inodes = held.st_blocks * _BLOCK, 1
    seen: set[int] = set()
    folders = [str(top)]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except FileNotFoundError:
            continue
        for entry in entries:
            try:
                about = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                # Removed since its folder was read.
                continue
            folder = stat.S_ISDIR(about.st_mode)
            if about.st_dev != held.st_dev:
                continue
            if not folder and about.st_nlink > 1:
                if about.st_ino in seen:
                    continue
                seen.add(about.st_ino)
            used += about.st_blocks * _BLOCK
            inodes += 1
            if folder:
                folders.append(entry.path)
    return used, inodes
