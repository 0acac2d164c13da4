"""Container images on nodes, for the score that prefers nodes which need not pull."""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.core_v1 import ContainerImage


class Images:
    """Which rows hold which image, by name; `version` counts changes."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[int, int]] = {}
        self._on: dict[int, dict[str, int]] = {}
        self.version = 0

    def set(self, row: int, images: Iterable[ContainerImage]) -> None:
        """Note the images of a node."""
        new = {name: image.size_bytes for image in images for name in image.names}
        old = self._on.get(row, {})
        if new == old:
            return
        self.version += 1
        for name in old.keys() - new.keys():
            rows = self._rows[name]
            del rows[row]
            if not rows:
                del self._rows[name]
        for name, size in new.items():
            self._rows.setdefault(name, {})[row] = size
        if new:
            self._on[row] = new
        else:
            self._on.pop(row, None)

    def rows(self, image: str) -> dict[int, int]:
        """The rows that hold an image as a Pod names it, and its size there."""
        return self._rows.get(normalized(image), {})


def normalized(name: str) -> str:
    """The name as nodes report it: with the tag `latest` where it has neither tag nor digest."""
    return f"{name}:latest" if name.rfind(":") <= name.rfind("/") else name
