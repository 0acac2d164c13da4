"""Where volumes of drivers lie on this node, and the notes beside them; as Kubernetes' own kubelet lays them out.

The notes are what a restarted kubelet knows of: which volumes are staged, and which are in which Pod.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from kubelet.volumes import mounts

_NOTE = "vol_data.json"
_FOLDER = "kubernetes.io~csi"
Note = dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Published:
    """A volume that is, or may be, in a Pod; `spec` is its volume's or, for an inline one, its own name."""

    uid: str
    spec: str
    driver: str
    handle: str
    inline: bool = False
    block: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Staged:
    """A volume that is, or may be, staged on this node; `spec` is "" for all but block volumes."""

    driver: str
    handle: str
    spec: str = ""


class Layout:
    """Paths below the kubelet's folder `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.plugin = root / "plugins" / "kubernetes.io" / "csi"
        self.blocks = self.plugin / "volumeDevices"

    def staging(self, driver: str, handle: str) -> Path:
        """Where a volume's file system is mounted once for all Pods of this node."""
        return self.plugin / driver / hashlib.sha256(handle.encode()).hexdigest() / "globalmount"

    def mount(self, uid: str, spec: str) -> Path:
        """Where a volume is mounted for one Pod."""
        return self.root / "pods" / uid / "volumes" / _FOLDER / spec.replace("/", "~") / "mount"

    def block_staging(self, spec: str) -> Path:
        """Where a block volume is staged."""
        return self.blocks / "staging" / spec

    def block_publish(self, uid: str, spec: str) -> Path:
        """The device file of a block volume for one Pod."""
        return self.blocks / "publish" / spec / uid

    def block_hold(self, uid: str, spec: str) -> Path:
        """The second hold on the device file of a block volume, which keeps it from being taken away."""
        return self.blocks / spec / "dev" / uid

    def block_notes(self, spec: str) -> Path:
        """The folder of a block volume's note."""
        return self.blocks / spec / "data"

    def block_link(self, uid: str, spec: str) -> Path:
        """The link in a Pod's folder to its device file."""
        return self.root / "pods" / uid / "volumeDevices" / _FOLDER / spec

    def published(self, uid: str) -> list[Published]:
        """All volumes that are, or may be, in a Pod."""
        found = []
        for folder in _folders(self.root / "pods" / uid / "volumes" / _FOLDER):
            note = load(folder)
            if note is None:
                # Broken off before anything was asked of the driver.
                remove_mount(folder / "mount")
                continue
            inline = note.get("volumeLifecycleMode") == "Ephemeral"
            spec = note.get("specVolID", folder.name)
            found.append(Published(uid, spec, note["driverName"], note["volumeHandle"], inline))
        for link in _entries(self.root / "pods" / uid / "volumeDevices" / _FOLDER):
            note = load(self.block_notes(link.name))
            if note is not None:
                found.append(Published(uid, link.name, note["driverName"], note["volumeHandle"], block=True))
        return found

    def all_published(self) -> list[Published]:
        """All volumes that are, or may be, in any Pod."""
        return [one for folder in _folders(self.root / "pods") for one in self.published(folder.name)]

    def staged(self) -> list[Staged]:
        """All volumes that are, or may be, staged."""
        found = []
        for driver in _folders(self.plugin):
            if driver == self.blocks:
                continue
            for folder in _folders(driver):
                if (note := load(folder)) is not None:
                    found.append(Staged(note["driverName"], note["volumeHandle"]))
        for folder in _folders(self.blocks):
            if folder.name not in ("staging", "publish") and (note := load(folder / "data")) is not None:
                found.append(Staged(note["driverName"], note["volumeHandle"], folder.name))
        return found

    def forget_block(self, spec: str) -> None:
        """Take away what is left of a block volume that is unstaged. Raises OSError."""
        for folder in (self.blocks / "publish" / spec, self.block_staging(spec)):
            with contextlib.suppress(FileNotFoundError):
                folder.rmdir()
        for place in mounts.mounted_below(self.blocks / spec):
            mounts.unmount(place)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.blocks / spec)


def save(folder: Path, note: Note) -> None:
    """Write a note so that it is there whole or not at all. Raises OSError."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    half = folder / f".{_NOTE}"
    half.write_text(json.dumps(note))
    half.rename(folder / _NOTE)


def load(folder: Path) -> Note | None:
    """A note; None when there is none that can be read."""
    try:
        found = json.loads((folder / _NOTE).read_text())
    except (OSError, ValueError):
        return None
    ours = isinstance(found, dict) and {"driverName", "volumeHandle"} <= found.keys()
    return {str(key): str(value) for key, value in found.items()} if ours else None


def remove_mount(place: Path) -> None:
    """Take away a mount point that nothing is mounted on any more, and its note. Raises OSError."""
    if mounts.is_mounted(place):
        raise OSError(16, "still mounted", str(place))
    with contextlib.suppress(FileNotFoundError):
        place.rmdir()
    for name in (f".{_NOTE}", _NOTE):
        with contextlib.suppress(FileNotFoundError):
            (place.parent / name).unlink()
    with contextlib.suppress(FileNotFoundError):
        place.parent.rmdir()


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _folders(folder: Path) -> Iterator[Path]:
    return (entry for entry in _entries(folder) if os.path.isdir(entry) and not entry.is_symlink())
