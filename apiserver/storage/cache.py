"""The watch cache of one resource: all its objects, its latest changes, and who watches it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from operator import attrgetter

from apiserver.storage.entry import Entry, Form
from apiserver.storage.keys import split_key
from apiserver.storage.watchers import Change, Watcher, WatcherIndex

_KEPT_CHANGES = 8192
_KEPT_BYTES = 32 * 1024 * 1024
_KEPT_AT_LEAST = 128
_revision = attrgetter("revision")

Listener = Callable[[Change], None]


class ResourceCache:
    """Objects of one resource by namespace and name, in key order when listed.

    `floor` is the revision behind which changes are remembered; `revision` that of the last change.
    """

    def __init__(self, prefix: str, form: Form) -> None:
        self.prefix = prefix
        self.form = form
        self.floor = 0
        self.revision = 0
        self.watchers = WatcherIndex()
        self.listeners: list[Listener] = []
        self._objects: dict[str, dict[str, Entry]] = {}
        self._names: dict[str, list[str]] = {}
        self._namespaces: list[str] | None = None
        self._changes: list[Change] = []
        self._bytes = 0
        self.touched: dict[Watcher, None] = {}

    def __len__(self) -> int:
        return sum(map(len, self._objects.values()))

    def get(self, namespace: str, name: str) -> Entry | None:
        """The object as it was at the cache's revision."""
        there = self._objects.get(namespace)
        return None if there is None else there.get(name)

    def count(self, namespace: str = "") -> int:
        """How many objects there are, in one namespace if given."""
        return len(self._objects.get(namespace, ())) if namespace else len(self)

    def load(self, key: str, value: bytes, created: int, revision: int) -> None:
        """Put in what the store holds, before anybody watches."""
        namespace, name = split_key(self.prefix, key, self.form.namespaced)
        entry = Entry(self.form, namespace, name, self.form.wire(value, revision), revision, created)
        self._put(entry)
        self.revision = max(self.revision, revision)

    def clear(self) -> None:
        """Forget everything, watchers excepted."""
        self._objects.clear()
        self._names.clear()
        self._namespaces = None
        self._changes.clear()
        self._bytes = 0

    def apply(self, key: str, value: bytes | None, created: int, revision: int) -> Change | None:
        """Take in one change and note which watchers have something to be told; None for a delete of nothing."""
        namespace, name = split_key(self.prefix, key, self.form.namespaced)
        old = self.get(namespace, name)
        new = None
        if value is None:
            if old is None:
                return None
            self._remove(old)
        else:
            new = Entry(self.form, namespace, name, self.form.wire(value, revision), revision, created)
            self._put(new)
        change = Change(revision, old, new)
        self.revision = revision
        self._remember(change)
        for group in self.watchers.interested(change):
            for watcher in group:
                frame = watcher.frame_of(change)
                if frame is not None:
                    watcher.pending.append(frame)
                    self.touched[watcher] = None
        return change

    def ordered(self, namespace: str = "", start: str = "") -> Iterator[Entry]:
        """Entries in key order, of one namespace if given; `start` is the first key (below the prefix) wanted."""
        if not self.form.namespaced:
            yield from self._run("", start)
            return
        if namespace:
            mark = start.removeprefix(f"{namespace}/") if start.startswith(f"{namespace}/") else ""
            if start and not mark and start > f"{namespace}/":
                return
            yield from self._run(namespace, mark)
            return
        order = self._namespaces
        if order is None:
            order = self._namespaces = sorted(self._objects, key=lambda name: name + "/")
        first, _, rest = start.partition("/")
        for each in order:
            if each + "/" < first + "/":
                continue
            yield from self._run(each, rest if each == first else "")

    def changes_since(self, revision: int) -> list[Change] | None:
        """What changed after a revision, None if that is not remembered any more."""
        if revision < self.floor:
            return None
        return self._changes[bisect_right(self._changes, revision, key=_revision) :]

    def _run(self, namespace: str, start: str) -> Iterator[Entry]:
        there = self._objects.get(namespace)
        if not there:
            return
        names = self._names.get(namespace)
        if names is None:
            names = self._names[namespace] = sorted(there)
        at = bisect_left(names, start) if start else 0
        for name in names[at:] if at else names:
            yield there[name]

    def _put(self, entry: Entry) -> None:
        there = self._objects.get(entry.namespace)
        if there is None:
            there = self._objects[entry.namespace] = {}
            self._namespaces = None
        if entry.name not in there:
            self._names.pop(entry.namespace, None)
        there[entry.name] = entry

    def _remove(self, entry: Entry) -> None:
        there = self._objects[entry.namespace]
        del there[entry.name]
        self._names.pop(entry.namespace, None)
        if not there:
            del self._objects[entry.namespace]
            self._namespaces = None

    def _remember(self, change: Change) -> None:
        self._changes.append(change)
        if change.old is not None:
            self._bytes += len(change.old.wire)
        if len(self._changes) <= _KEPT_AT_LEAST:
            return
        if len(self._changes) > _KEPT_CHANGES or self._bytes > _KEPT_BYTES:
            drop = max(len(self._changes) // 4, 1)
            self.floor = self._changes[drop - 1].revision
            self._bytes -= sum(len(c.old.wire) for c in self._changes[:drop] if c.old is not None)
            del self._changes[:drop]
