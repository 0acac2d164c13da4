"""Work that grows with the number of pods is not done for each of their changes."""

from __future__ import annotations

from minik8s.client.controller import ControllerContext

_FEW = 50
_SECONDS_PER_POD, _LONGEST_SECONDS = 0.0005, 0.5


class Pace:
    """How long changes of pods are collected before what depends on them (endpoints, a status) is worked out again.

    Nothing for a few pods; the more there are the longer, up to half a second for a thousand, so that a thousand pods
    that become ready one after the other cost tens of passes and not a thousand.
    """

    def __init__(self, ctx: ControllerContext) -> None:
        self._ctx = ctx
        self._sizes: dict[str, int] = {}

    def note(self, key: str, size: int) -> None:
        """The service, or the owner, has so many pods."""
        if size > _FEW:
            self._sizes[key] = size
        else:
            self._sizes.pop(key, None)

    def enqueue(self, key: str) -> None:
        """One of its pods changed."""
        self._ctx.enqueue_after(key, min(self._sizes.get(key, 0) * _SECONDS_PER_POD, _LONGEST_SECONDS))
