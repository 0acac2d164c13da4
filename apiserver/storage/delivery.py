"""When watchers are told: at once, but many at one place not for every single change.

Telling costs a write to every connection. A crowd is told of a change at once, and of those that follow closely
together: the larger it is the longer the pause, within bounds. Few watchers never wait.
"""

from __future__ import annotations

import asyncio

from apiserver.storage.watchers import Watcher, WatcherIndex

_PAUSE_FOR_EACH = 0.001
_LONGEST_PAUSE = 0.1


class Delivery:
    """Gives watchers what waits for them. One object serves all resources; needs a running event loop for crowds."""

    def __init__(self) -> None:
        self._pauses: dict[WatcherIndex, asyncio.TimerHandle] = {}
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
        crowd, watchers.crowd = watchers.crowd, {}
        self._send(crowd)
        pause = min(len(crowd) * _PAUSE_FOR_EACH, _LONGEST_PAUSE)
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
