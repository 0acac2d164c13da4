"""Volumes that are folders of this node: made, measured, mounted. Their sizes are noted, not enforced."""

import json
import os
import shutil
import subprocess


class Volumes:
    """The volumes in a folder; each has its files in `data` and its size in a note beside them."""

    def __init__(self, folder):
        self.folder = folder

    def make(self, handle, size, inline=False):
        """Make a volume, unless it is there. Raises OSError."""
        os.makedirs(self.data(handle), exist_ok=True)
        if not os.path.exists(self._file(handle)):
            self._write(handle, {"size": size, "inline": inline})

    def remove(self, handle):
        """Remove a volume with all that is in it. Raises OSError."""
        if os.path.exists(self._place(handle)):
            shutil.rmtree(self._place(handle))

    def data(self, handle):
        """Where a volume's files are."""
        return os.path.join(self._place(handle), "data")

    def exists(self, handle):
        """Whether a volume is there and whole."""
        return os.path.isdir(self.data(handle)) and self.note(handle) is not None

    def note(self, handle):
        """The size of a volume, and whether it belongs to one Pod; None when there is no such volume."""
        try:
            with open(self._file(handle)) as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def grow(self, handle, size):
        """Note a new size, unless it has as much already. Raises OSError."""
        note = self.note(handle)
        self._write(handle, note | {"size": max(size, note["size"])})

    def used(self, handle):
        """Bytes and inodes its files use."""
        used, inodes = 0, 0
        for folder, _, files in os.walk(self.data(handle)):
            for name in (folder, *(os.path.join(folder, file) for file in files)):
                try:
                    used, inodes = used + os.lstat(name).st_blocks * 512, inodes + 1
                except FileNotFoundError:
                    pass  # removed meanwhile
        return used, inodes

    def _place(self, handle):
        if not handle or "/" in handle or handle.startswith("."):
            raise ValueError(f"{handle!r} is no volume of this driver")
        return os.path.join(self.folder, handle)

    def _file(self, handle):
        return os.path.join(self._place(handle), "volume.json")

    def _write(self, handle, note):
        # Whole or not at all, whenever this driver is killed.
        half = self._file(handle) + ".new"
        with open(half, "w") as file:
            json.dump(note, file)
        os.replace(half, self._file(handle))


def bind(source, target, read_only=False):
    """Show a folder at another place, unless it is shown there already. Raises OSError."""
    os.makedirs(target, exist_ok=True)
    if not is_mounted(target):
        _run("mount", "-o", "bind", source, target)
    if read_only:
        _run("mount", "-o", "remount,bind,ro", target)


def unbind(target):
    """Undo `bind`, whether or not it was done. Raises OSError."""
    if is_mounted(target):
        _run("umount", target)
    if os.path.isdir(target):
        os.rmdir(target)


def is_mounted(target):
    """Whether something is mounted just there."""
    with open("/proc/self/mountinfo", errors="surrogateescape") as table:
        return any(line.split()[4] == target for line in table)


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
