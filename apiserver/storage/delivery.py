"""When watchers are told: at once, but many at one place not for every single change.

Telling costs a write to every connection, and almost nothing else. A crowd is told of a change at once; then it rests,
and is told of all that came up meanwhile together. The rest is the longer the larger the crowd, and at least twice as
long as the telling took, so that a server that is pressed for time (by its requests, by other processes of the machine)
writes less often; and never so long that a person would notice. Few watchers never wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from apiserver.storage.watchers import Watcher, WatcherIndex

_RESTS = 2.0
_PAUSE_FOR_EACH = 0.0006
_LONGEST_PAUSE = 0.075


class Delivery:
    """Gives watchers what waits for them. One object serves all resources; needs a running event loop for crowds.

    `clock` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._pauses: dict[WatcherIndex, asyncio.Handle] = {}
        self._revision = 0

    def deliver(self, watchers: WatcherIndex, revision: int) -> None:
        """Tell what came up to a revision; a crowd that was just told hears it with what comes next."""
        self._revision = revision
        if watchers.told:
            told, watchers.told = watchers.told, {}
            self._send(told)
        if watchers.crowd and watchers not in self._pauses:
            self._tell_crowd(watchers)

    def hasten(self, watchers: WatcherIndex) -> None:
        """Tell at once whatever waits: before a bookmark, or the end."""
        pause = self._pauses.pop(watchers, None)
        if pause is not None:
            pause.cancel()
        crowd, watchers.crowd = watchers.crowd, {}
        self._send(crowd)

    def _tell_crowd(self, watchers: WatcherIndex) -> None:
        began = self._clock()
        crowd, watchers.crowd = watchers.crowd, {}
        self._send(crowd)
        # The event loop writes what it was given before it comes to this: that time counts too.
        self._pauses[watchers] = asyncio.get_running_loop().call_soon(self._rest, watchers, began, len(crowd))

    def _rest(self, watchers: WatcherIndex, began: float, size: int) -> None:
        pause = min(max((self._clock() - began) * _RESTS, size * _PAUSE_FOR_EACH), _LONGEST_PAUSE)
        self._pauses[watchers] = asyncio.get_running_loop().call_later(pause, self._resume, watchers)

    def _resume(self, watchers: WatcherIndex) -> None:
        del self._pauses[watchers]
        if watchers.crowd:
            self._tell_crowd(watchers)

    def _send(self, watchers: dict[Watcher, None]) -> None:
        revision = self._revision
        for watcher in watchers:
            frames = watcher.pending
            if frames:
                watcher.pending = []
                watcher.last = revision
                watcher.send(frames)
