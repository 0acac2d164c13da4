"""Image volumes: the files of an image in a folder of this node, shared by all Pods that mount it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from kubelet.runtime.runtime import Runtime
from kubelet.runtime.types import Image


class ImageFiles:
    """The images unpacked in `folder`; each stays while a Pod that asked for it is here, or a container mounts it."""

    def __init__(self, folder: Path, runtime: Runtime) -> None:
        self.folder = folder
        self._runtime = runtime
        self._wanted: dict[str, set[str]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def ready(self, uid: str, image: Image) -> Path:
        """The folder with an image's files, for a Pod. Raises RuntimeFailure, OSError."""
        name = image.id.partition(":")[2] or image.id
        self._wanted.setdefault(name, set()).add(uid)
        place = self.folder / name
        async with self._locks.setdefault(name, asyncio.Lock()):
            if not await asyncio.to_thread(place.exists):
                half = self.folder / f".{name}"
                await asyncio.to_thread(_empty, half)
                await self._runtime.unpack_image(image.id, half)
                await asyncio.to_thread(os.rename, half, place)
        return place

    async def tidy(self, uids: set[str], mounted: Iterable[str]) -> None:
        """Remove what neither these Pods nor a container that mounts `mounted` use. Raises OSError."""
        for held in self._wanted.values():
            held &= uids
        self._wanted = {name: held for name, held in self._wanted.items() if held}
        busy = {self._image_of(path) for path in mounted} | self._wanted.keys()
        for place in await asyncio.to_thread(_listed, self.folder):
            if place.name.lstrip(".") not in busy:
                self._locks.pop(place.name, None)
                await asyncio.to_thread(shutil.rmtree, place)

    def _image_of(self, path: str) -> str:
        folder = str(self.folder) + "/"
        return path[len(folder) :].partition("/")[0] if path.startswith(folder) else ""


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.exists() else []
