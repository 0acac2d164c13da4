"""subPath: a part of a volume, which must not lead out of it."""

from __future__ import annotations

import os
from pathlib import Path

from kubelet.volumes.types import VolumeError


def resolve(volume: Path, sub_path: str, group: int | None = None) -> Path:
    """The real path of a part of a volume, made as a folder when it is not there. Raises VolumeError."""
    if os.path.isabs(sub_path) or ".." in Path(sub_path).parts:
        raise VolumeError(f"subPath {sub_path!r} must be relative and must not contain '..'")
    root = Path(os.path.realpath(volume))
    wanted = Path(os.path.realpath(root / sub_path))
    if wanted != root and root not in wanted.parents:
        raise VolumeError(f"subPath {sub_path!r} leads out of the volume")
    if not wanted.exists():
        try:
            wanted.mkdir(parents=True)
            os.chmod(wanted, os.stat(root).st_mode & 0o7777)
            if group is not None:
                os.chown(wanted, -1, group)
        except OSError as error:
            raise VolumeError(f"failed to create subPath directory for volumeMount: {error.strerror}") from None
    return wanted
