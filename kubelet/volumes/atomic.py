"""Files that change all together or not at all: a new folder is filled, then one symbolic link is turned to it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

DATA = "..data"
_NEW = "..data_tmp"


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """What a file holds, its mode, and its owner when it is not root."""

    content: bytes
    mode: int
    uid: int | None = None


Payload = Mapping[str, File]
"""Files by their path inside the volume."""


def write(folder: Path, payload: Payload, group: int | None = None) -> bool:
    """Make `folder` hold exactly `payload`, readable for `group`; returns whether anything changed. Raises OSError."""
    old = _target(folder)
    if old is not None and _same(old, payload):
        _links(folder, payload)
        return False
    stamp = time.strftime("..%Y_%m_%d_%H_%M_%S.", time.gmtime())
    new = Path(tempfile.mkdtemp(prefix=stamp, dir=folder))
    try:
        os.chmod(new, 0o755)
        for name, file in payload.items():
            _write_file(new / name, file, group)
        for place, _, _ in os.walk(new):
            _give(place, group, True, 0)
        link = folder / _NEW
        with contextlib.suppress(FileNotFoundError):
            link.unlink()
        link.symlink_to(new.name)
        link.rename(folder / DATA)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    _links(folder, payload)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)
    return True


def _write_file(path: Path, file: File, group: int | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    os.chmod(path, file.mode)
    if file.uid is not None:
        os.chown(path, file.uid, -1)
    _give(path, group, False, file.mode)


def _give(path: str | Path, group: int | None, folder: bool, mode: int) -> None:
    if group is None:
        return
    os.chown(path, -1, group, follow_symlinks=False)
    os.chmod(path, 0o2775 if folder else mode | 0o440)


def _target(folder: Path) -> Path | None:
    try:
        found = folder / os.readlink(folder / DATA)
    except OSError:
        return None
    return found if found.is_dir() else None


def _same(folder: Path, payload: Payload) -> bool:
    held = {str(Path(place, name).relative_to(folder)) for place, _, names in os.walk(folder) for name in names}
    if held != {os.path.normpath(name) for name in payload}:
        return False
    return all((folder / name).read_bytes() == file.content for name, file in payload.items())


def _links(folder: Path, payload: Payload) -> None:
    """The names containers see, each a link through ..data."""
    wanted = {Path(name).parts[0] for name in payload}
    for name in wanted:
        link = folder / name
        if not link.is_symlink():
            link.symlink_to(os.path.join(DATA, name))
    for entry in os.listdir(folder):
        if not entry.startswith("..") and entry not in wanted and (folder / entry).is_symlink():
            (folder / entry).unlink()
