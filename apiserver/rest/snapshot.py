"""A collection as it was at a revision of the past."""

from __future__ import annotations

from apiserver.resources import Resource
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry
from apiserver.storage.keys import split_key

_PAGE = 2000


async def entries_at(resource: Resource, cacher: Cacher, namespace: str, revision: int, start: str) -> list[Entry]:
    """All entries at a revision, in key order, not before `start` (a key below the resource's prefix).

    The cache is asked first: what it remembers of later changes is undone. Where it does not reach back that far,
    the store's own history is read. Raises Compacted, FutureRevision or another StoreError.
    """
    cache = resource.cache
    if cache.floor <= revision < cacher.revision:
        # What was compacted is gone for everybody, however far back this cache happens to remember.
        await cacher.store.range(cache.prefix, limit=1, revision=revision)
    changes = cache.changes_since(revision)
    if changes is not None:
        if not changes:
            return list(cache.ordered(namespace, start))
        before: dict[tuple[str, str], Entry | None] = {}
        for change in changes:
            entry = change.new or change.old
            assert entry is not None
            before.setdefault((entry.namespace, entry.name), change.old)
        found = [entry for entry in cache.ordered(namespace, start) if (entry.namespace, entry.name) not in before]
        restored = [
            entry
            for entry in before.values()
            if entry is not None and (not namespace or entry.namespace == namespace) and _key(entry) >= start
        ]
        if restored:
            found = sorted([*found, *restored], key=_key)
        return found
    prefix = f"{cache.prefix}{namespace}/" if namespace else cache.prefix
    begin = cache.prefix + start if start else ""
    read: list[Entry] = []
    while True:
        page = await cacher.store.range(prefix, start=begin, limit=_PAGE, revision=revision)
        for item in page.items:
            place, name = split_key(cache.prefix, item.key, cache.form.namespaced)
            wire = cache.form.wire(item.value, item.mod_revision)
            read.append(Entry(cache.form, place, name, wire, item.mod_revision, item.create_revision))
        if not page.more:
            return read
        begin = page.items[-1].key + "\0"


def _key(entry: Entry) -> str:
    return f"{entry.namespace}/{entry.name}" if entry.namespace else entry.name
