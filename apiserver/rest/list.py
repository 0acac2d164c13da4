"""LIST: pages of one version, from the watch cache, nothing decoded."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.auth.errors import bad_request
from apiserver.call import Call
from apiserver.resources import Resource
from apiserver.rest import continuation
from apiserver.rest.answer import answer_list
from apiserver.rest.options import integer
from apiserver.rest.selection import Selection, selection
from apiserver.rest.snapshot import entries_at
from apiserver.rest.unreadable import check_list
from apiserver.rest.versions import LATEST, Freshness, Wanted, catch_up, too_large, wanted_of_list
from apiserver.storage.cacher import Cacher
from apiserver.storage.entry import Entry
from apiserver.storage.store import Compacted, FutureRevision
from apiserver.unhurried import chosen


async def list_objects(call: Call, resource: Resource, cacher: Cacher) -> None:
    """A collection, or a page of it. Raises StatusError (400, 410, 422, 504)."""
    limit = max(integer(call, "limit") or 0, 0)
    integer(call, "timeoutSeconds")
    wanted = wanted_of_list(call, limit)
    selected = selection(call, resource)
    namespace = call.info.namespace if resource.namespaced else ""
    if token := call.query.get("continue", ""):
        said = continuation.decode(token)
        if wanted.revision:
            raise bad_request("specifying resource version is not allowed when using continue")
        await _go_on(call, resource, cacher, namespace, selected, limit, said)
        return
    if wanted.freshness is Freshness.EXACTLY:
        await _exactly(call, resource, cacher, namespace, selected, limit, wanted)
        return
    await catch_up(wanted, cacher)
    if wanted.freshness is Freshness.ANY:
        limit = 0  # as Kubernetes answers from its cache
    current = _current(resource, namespace, selected)
    _count(resource, await _page(call, resource, current, namespace, selected, limit, cacher.revision))


def _count(resource: Resource, objects: int) -> None:
    """Count a list that came from the cache."""
    resource.cache.lists += 1
    resource.cache.listed += objects


def _current(resource: Resource, namespace: str, selected: Selection) -> Iterable[Entry]:
    if selected.name is not None and (namespace or not resource.namespaced):
        entry = resource.cache.get(namespace, selected.name)
        return () if entry is None else (entry,)
    return resource.cache.ordered(namespace)


async def _go_on(
    call: Call,
    resource: Resource,
    cacher: Cacher,
    namespace: str,
    selected: Selection,
    limit: int,
    said: continuation.Continuation,
) -> None:
    start = f"{namespace}/{said.start}" if namespace else said.start
    if said.revision == continuation.LATEST:
        await catch_up(LATEST, cacher)
        entries: Iterable[Entry] = resource.cache.ordered(namespace, start)
        _count(resource, await _page(call, resource, entries, namespace, selected, limit, cacher.revision))
        return
    try:
        entries = await entries_at(resource, cacher, namespace, said.revision, start)
    except Compacted:
        raise continuation.expired(continuation.encode(continuation.LATEST, said.start)) from None
    except FutureRevision:
        raise too_large(said.revision, cacher.revision) from None
    await _page(call, resource, entries, namespace, selected, limit, said.revision)


async def _exactly(
    call: Call,
    resource: Resource,
    cacher: Cacher,
    namespace: str,
    selected: Selection,
    limit: int,
    wanted: Wanted,
) -> None:
    if wanted.revision > cacher.revision:
        # A version to come is not waited for.
        await catch_up(LATEST, cacher)
        if wanted.revision > cacher.revision:
            raise too_large(wanted.revision, cacher.revision, retry_seconds=0)
    try:
        entries = await entries_at(resource, cacher, namespace, wanted.revision, "")
    except Compacted:
        raise continuation.expired() from None
    await _page(call, resource, entries, namespace, selected, limit, wanted.revision)


async def _page(
    call: Call,
    resource: Resource,
    entries: Iterable[Entry],
    namespace: str,
    selected: Selection,
    limit: int,
    revision: int,
) -> int:
    """Answer; how many objects were shown."""
    if resource.cache.unreadable:
        check_list(resource, namespace, selected)
    match = selected.match
    if not limit:
        found = await chosen(entries, match)
        await answer_list(call, resource, found, revision)
        return len(found)
    found = await chosen(entries, match, limit + 1)
    following, remaining = "", None
    if len(found) > limit:
        beyond, last = found.pop(), found[-1]
        key = last.name if namespace or not resource.namespaced else f"{last.namespace}/{last.name}"
        following = continuation.encode(revision, key + "\0")
        if match is None:
            remaining = _remaining(resource, entries, namespace, beyond, limit)
    await answer_list(call, resource, found, revision, following, remaining)
    return len(found)


def _remaining(resource: Resource, entries: Iterable[Entry], namespace: str, following: Entry, shown: int) -> int:
    """How many entries come after a page; of the cache's own order it is known without looking at them."""
    if isinstance(entries, list):
        return len(entries) - shown
    key = f"{following.namespace}/{following.name}" if resource.namespaced else following.name
    return resource.cache.count_from(namespace, key)
