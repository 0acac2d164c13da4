"""Who watches what: watchers of one resource, found by what they could be interested in.

A watcher stands under the most particular thing it asks for: one object, the value of a field, a namespace, or
everything. A change thus costs as much as there are watchers who may want it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from apiserver.storage.entry import Entry

Match = Callable[[Entry], bool]
Place = tuple[str, ...]

ADDED = "ADDED"
MODIFIED = "MODIFIED"
DELETED = "DELETED"

# Watchers of one place that are so many that telling each of every change at once is work to be spared.
CROWD = 32


class Change:
    """One change of one object: `old` is None for a new object, `new` for one that is gone.

    `frames` keeps what it looks like on the wire, by type of event and format, for all watchers together.
    """

    __slots__ = ("frames", "new", "old", "revision")

    def __init__(self, revision: int, old: Entry | None, new: Entry | None) -> None:
        self.revision = revision
        self.old = old
        self.new = new
        self.frames: dict[tuple[str, str], bytes] = {}

    @property
    def gone(self) -> bytes:
        """The last bytes of an object, with the revision at which it went (or left a selector)."""
        assert self.old is not None
        return self.old.form.at_revision(self.old.wire, self.revision)


class WatchFormat(Protocol):
    """How changes are written for a client; `key` names it: equal keys write equal bytes."""

    key: str

    def frame(self, kind: str, change: Change) -> bytes:
        """One event with its framing."""
        ...

    def bookmark(self, revision: int, *, initial_events_end: bool) -> bytes:
        """A bookmark with its framing."""
        ...

    def error(self, status: bytes) -> bytes:
        """An error event of a Status in JSON, with its framing."""
        ...


class Watcher:
    """One open watch. `send` takes the frames that came up together; it must not block.

    `match` tells whether an object is among those watched (namespace, name and selectors); None takes all. Of changes
    up to the revision `after` the watcher is told nothing.
    """

    __slots__ = ("after", "bookmarks", "format", "key", "last", "match", "place", "send", "pending", "stop")

    def __init__(
        self,
        place: Place,
        match: Match | None,
        format: WatchFormat,
        send: Callable[[list[bytes]], None],
        stop: Callable[[str], None],
        *,
        bookmarks: bool,
        last: int,
        after: int = 0,
    ) -> None:
        self.place = place
        self.match = match
        self.format = format
        self.key = format.key
        self.after = after
        self.send = send
        self.stop = stop
        self.bookmarks = bookmarks
        self.last = last
        self.pending: list[bytes] = []

    def frame_of(self, change: Change) -> bytes | None:
        """What the client is told of a change, None when it does not concern it."""
        if change.revision <= self.after:
            return None
        match = self.match
        old, new = change.old, change.new
        if match is not None:
            if old is not None and not match(old):
                old = None
            if new is not None and not match(new):
                new = None
        if new is None:
            if old is None:
                return None
            kind = DELETED
        else:
            kind = ADDED if old is None else MODIFIED
        key = (kind, self.key)
        found = change.frames.get(key)
        if found is None:
            found = change.frames[key] = self.format.frame(kind, change)
        return found


class WatcherIndex:
    """The watchers of one resource.

    `told` are those that something waits for since it was last delivered; `crowd` those of them that are many at one
    place.
    """

    def __init__(self) -> None:
        self._places: dict[Place, dict[Watcher, None]] = {}
        self._fields: dict[str, int] = {}
        self.told: dict[Watcher, None] = {}
        self.crowd: dict[Watcher, None] = {}

    def __len__(self) -> int:
        return sum(map(len, self._places.values()))

    def __iter__(self) -> Iterator[Watcher]:
        for place in list(self._places.values()):
            yield from list(place)

    def add(self, watcher: Watcher) -> None:
        """Begin to tell a watcher."""
        place = watcher.place
        self._places.setdefault(place, {})[watcher] = None
        if len(place) == 2:
            self._fields[place[0]] = self._fields.get(place[0], 0) + 1

    def remove(self, watcher: Watcher) -> None:
        """Tell a watcher no more; one that is not there is fine."""
        place = watcher.place
        there = self._places.get(place)
        if there is None or watcher not in there:
            return
        del there[watcher]
        if not there:
            del self._places[place]
        if len(place) == 2:
            left = self._fields[place[0]] - 1
            if left:
                self._fields[place[0]] = left
            else:
                del self._fields[place[0]]

    def tell(self, change: Change) -> None:
        """Have the watchers that a change concerns wait for its delivery."""
        for group in self.interested(change):
            waiting = self.told if len(group) < CROWD else self.crowd
            # Who takes everything in the same form is told the same.
            same: dict[str, bytes] = {}
            revision = change.revision
            for watcher in group:
                frame = None
                if watcher.match is None and watcher.after < revision:
                    frame = same.get(watcher.key)
                if frame is None:
                    frame = watcher.frame_of(change)
                    if frame is None:
                        continue
                    if watcher.match is None:
                        same[watcher.key] = frame
                watcher.pending.append(frame)
                waiting[watcher] = None

    def forget(self) -> None:
        """Nothing waits for delivery any more."""
        self.told.clear()
        self.crowd.clear()

    def interested(self, change: Change) -> list[dict[Watcher, None]]:
        """The groups of watchers a change may concern."""
        places = self._places
        if not places:
            return []
        entry = change.new or change.old
        assert entry is not None
        found = []
        for place in ((), (entry.namespace,), ("", entry.namespace, entry.name)):
            if there := places.get(place):
                found.append(there)
        for field in self._fields:
            new = change.new.fields.get(field, "") if change.new is not None else None
            old = change.old.fields.get(field, "") if change.old is not None else None
            if new is not None and (there := places.get((field, new))):
                found.append(there)
            if old is not None and old != new and (there := places.get((field, old))):
                found.append(there)
        return found
