"""The watch cache of one resource: all its objects, its latest changes, and who watches it."""

from __future__ import annotations

import sys
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from operator import attrgetter

from apiserver.storage.entry import Entry, Form
from apiserver.storage.keys import split_key
from apiserver.storage.store import KeyValue
from apiserver.storage.unreadable import Unreadable, unreadable
from apiserver.storage.watchers import Change, WatcherIndex

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
        # How many changes came in, how many lists were answered, and objects in them.
        self.received = self.lists = self.listed = 0
        self.watchers = WatcherIndex()
        self.listeners: list[Listener] = []
        # Objects that are in the store and cannot be read.
        self.unreadable: dict[tuple[str, str], Unreadable] = {}
        self._objects: dict[str, dict[str, Entry]] = {}
        # Kept in order as objects come and go, so that no list has to sort: namespaces with a slash, as keys have it.
        self._names: dict[str, list[str]] = {}
        self._namespaces: list[str] = []
        self._count = 0
        self._changes: list[Change] = []
        self._bytes = 0
        # Whether there are changes that watchers have not been told of though the revision has gone on.
        self.behind = False

    def __len__(self) -> int:
        return self._count

    def get(self, namespace: str, name: str) -> Entry | None:
        """The object as it was at the cache's revision."""
        there = self._objects.get(namespace)
        return None if there is None else there.get(name)

    def count(self, namespace: str = "") -> int:
        """How many objects there are, in one namespace if given."""
        return len(self._objects.get(namespace, ())) if namespace else self._count

    def count_from(self, namespace: str, start: str) -> int:
        """How many objects `ordered` would give, without looking at them."""
        if not self.form.namespaced or namespace:
            names = self._names.get(namespace, [])
            mark = start.removeprefix(f"{namespace}/") if namespace else start
            if start and mark == start and namespace:
                return 0 if start > f"{namespace}/" else len(names)
            return len(names) - bisect_left(names, mark)
        first, _, rest = start.partition("/")
        at = bisect_left(self._namespaces, first + "/") if start else 0
        found = 0
        for each in islice(self._namespaces, at, None):
            names = self._names[each[:-1]]
            found += len(names) - (bisect_left(names, rest) if each == first + "/" else 0)
        return found

    def load(self, items: Sequence[KeyValue]) -> list[tuple[str, ValueError]]:
        """Put in what the store holds, in key order and before anybody watches; the keys that cannot be read."""
        form, wire, start, namespaced = self.form, self.form.wire, len(self.prefix), self.form.namespaced
        put = self._put
        failed: list[tuple[str, ValueError]] = []
        namespace, newest = "", self.revision
        for item in items:
            name = item.key[start:]
            if namespaced:
                place, _, name = name.partition("/")
                if place != namespace:
                    namespace = sys.intern(place)
            revision = item.mod_revision
            try:
                put(Entry(form, namespace, name, wire(item.value, revision), revision, item.create_revision))
            except ValueError as error:
                failed.append((item.key, error))
                self.unreadable[namespace, name] = unreadable(item.key, item.value)
                continue
            if revision > newest:
                newest = revision
        self.revision = newest
        return failed

    def clear(self) -> None:
        """Forget all objects and changes."""
        self._objects.clear()
        self._names.clear()
        self._namespaces.clear()
        self._count = 0
        self._changes.clear()
        self._bytes = 0

    def adopt(self, fresh: ResourceCache, revision: int) -> list[Change]:
        """Hold what another cache of the same resource was loaded with; what that changes, for the listeners.

        Watchers cannot be told of it: who is there must have been stopped.
        """
        found: list[Change] = []
        if self.listeners:
            for entry in fresh.ordered():
                old = self.get(entry.namespace, entry.name)
                if old is None or old.revision != entry.revision:
                    found.append(Change(entry.revision, old, entry))
            for old in self.ordered():
                if fresh.get(old.namespace, old.name) is None:
                    found.append(Change(revision, old, None))
        self._objects, self._names = fresh._objects, fresh._names
        self._namespaces, self._count = fresh._namespaces, fresh._count
        self.unreadable.clear()
        self.unreadable.update(fresh.unreadable)
        self._forget_changes()
        self.watchers.forget()
        self.floor = revision
        self.revision = max(fresh.revision, self.revision)
        return found

    def apply(self, key: str, value: bytes | None, created: int, revision: int) -> Change | None:
        """Take in one change and note which watchers have something to be told; None for a delete of nothing.

        Raises ValueError for a value that cannot be read: see `lose`.
        """
        namespace, name = split_key(self.prefix, key, self.form.namespaced)
        old = self.get(namespace, name)
        new = None
        if value is None:
            if old is None:
                self.unreadable.pop((namespace, name), None)
                return None
            self._remove(old)
        else:
            new = Entry(self.form, sys.intern(namespace), name, self.form.wire(value, revision), revision, created)
            self._put(new)
        if self.unreadable:
            self.unreadable.pop((namespace, name), None)
        change = Change(revision, old, new)
        self.received += 1
        self.revision = revision
        self._remember(change)
        self.watchers.tell(change)
        return change

    def lose(self, key: str, value: bytes, revision: int) -> Change | None:
        """Note that an object cannot be read any more; what that is for listeners, None if it was not there before.

        No watcher can be told of it: what changed before is forgotten, and who is there must be stopped.
        """
        namespace, name = split_key(self.prefix, key, self.form.namespaced)
        old = self.get(namespace, name)
        if old is not None:
            self._remove(old)
        self.unreadable[namespace, name] = unreadable(key, value)
        self._forget_changes()
        self.watchers.forget()
        self.floor = self.revision = revision
        return None if old is None else Change(revision, old, None)

    def _forget_changes(self) -> None:
        self._changes.clear()
        self._bytes = 0

    def forget_changes(self, until: int) -> int:
        """Remember no changes up to a revision any more; how many bytes of objects that were are let go."""
        drop = bisect_right(self._changes, until, key=_revision)
        return self._drop(drop) if drop else 0

    def _drop(self, count: int) -> int:
        self.floor = self._changes[count - 1].revision
        dropped = self._weight(self._changes[:count])
        self._bytes -= dropped
        del self._changes[:count]
        return dropped

    def _weight(self, changes: list[Change]) -> int:
        """How many bytes are held for the sake of changes alone."""
        return sum(len(change.old.wire) for change in changes if change.old is not None)

    def ordered(self, namespace: str = "", start: str = "") -> Iterator[Entry]:
        """Entries in key order, of one namespace if given; `start` is the first key (below the prefix) wanted."""
        if not self.form.namespaced:
            return self._run("", start)
        if namespace:
            mark = start.removeprefix(f"{namespace}/") if start.startswith(f"{namespace}/") else ""
            if start and not mark and start > f"{namespace}/":
                return iter(())
            return self._run(namespace, mark)
        first, _, rest = start.partition("/")
        at = bisect_left(self._namespaces, first + "/") if start else 0
        return chain.from_iterable(
            self._run(each[:-1], rest if each == first + "/" else "") for each in islice(self._namespaces, at, None)
        )

    def changes_since(self, revision: int) -> list[Change] | None:
        """What changed after a revision, None if that is not remembered any more."""
        if revision < self.floor:
            return None
        return self._changes[bisect_right(self._changes, revision, key=_revision) :]

    def _run(self, namespace: str, start: str) -> Iterator[Entry]:
        there = self._objects.get(namespace)
        if not there:
            return iter(())
        names = self._names[namespace]
        at = bisect_left(names, start) if start else 0
        return map(there.__getitem__, islice(names, at, None) if at else names)

    def _put(self, entry: Entry) -> None:
        namespace, name = entry.namespace, entry.name
        there = self._objects.get(namespace)
        if there is None:
            there = self._objects[namespace] = {}
            self._names[namespace] = []
            insort(self._namespaces, namespace + "/")
        if name not in there:
            names = self._names[namespace]
            if not names or names[-1] < name:
                names.append(name)
            else:
                insort(names, name)
            self._count += 1
        else:
            # The key of the dictionary and the name in the list stay one object.
            entry.name = there[name].name
        there[name] = entry

    def _remove(self, entry: Entry) -> None:
        namespace = entry.namespace
        there = self._objects[namespace]
        del there[entry.name]
        self._count -= 1
        names = self._names[namespace]
        del names[bisect_left(names, entry.name)]
        if not there:
            del self._objects[namespace], self._names[namespace]
            del self._namespaces[bisect_left(self._namespaces, namespace + "/")]

    def _remember(self, change: Change) -> None:
        self._changes.append(change)
        if change.old is not None:
            self._bytes += len(change.old.wire)
        if len(self._changes) <= _KEPT_AT_LEAST:
            return
        if len(self._changes) > _KEPT_CHANGES or self._bytes > _KEPT_BYTES:
            self._drop(max(len(self._changes) // 4, 1))
