"""The files of an image, by way of a container that is made and never started."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kubelet.runtime.types import RuntimeFailure

_DOCKERS_OWN = frozenset({".dockerenv", "dev/console", "etc/hosts", "etc/hostname", "etc/resolv.conf"})
"""Docker puts these into every container, empty, where the image has none."""


class _Pieces:
    """An iterator of bytes as a file to read from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._left = iter(pieces), b""

    def read(self, size: int) -> bytes:
        while len(self._left) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._left += piece
        data, self._left = self._left[:size], self._left[size:]
        return data


def unpack(api: Any, image_id: str, folder: Path) -> None:
    """Write an image's files into a folder. Raises what the SDK raises, and RuntimeFailure for a disk's trouble."""
    # An image of files alone has no command, without which Docker makes no container.
    made = api.create_container_from_config({"Image": image_id, "Cmd": ["-"], "HostConfig": {"NetworkMode": "none"}})
    try:
        write(api.export(made["Id"]), folder)
    except OSError as error:
        raise RuntimeFailure(f"failed to unpack image {image_id}: {error}") from None
    finally:
        api.remove_container(made["Id"], force=True)


def write(pieces: Iterable[bytes], folder: Path) -> None:
    """Write an exported archive into a folder; nothing is written outside it. Raises OSError."""
    try:
        with tarfile.open(fileobj=_Pieces(pieces), mode="r|", bufsize=64 * 1024) as archive:  # type: ignore[call-overload]
            for member in archive:
                if member.name in _DOCKERS_OWN and (member.size == 0 or not member.isfile()):
                    continue
                if member.isdev():
                    continue
                archive.extract(member, folder, numeric_owner=True, filter=_as_it_is)
    except tarfile.TarError as error:
        raise OSError(f"the image cannot be unpacked: {error}") from None


def _as_it_is(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Refuse what would leave the folder; owners and modes stay as they are in the image."""
    checked = tarfile.tar_filter(member, folder)
    return checked.replace(mode=member.mode, deep=False)
