"""DELETE of a collection: every object that a LIST of the same query shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from apiserver.auth.errors import StatusError
from apiserver.call import Call
from apiserver.resources import Resource
from apiserver.rest import continuation
from apiserver.rest.answer import answer_list
from apiserver.rest.delete import delete_entry
from apiserver.rest.delete_options import delete_options
from apiserver.rest.options import integer
from apiserver.rest.selection import selection
from apiserver.rest.unreadable import check_list
from apiserver.rest.versions import catch_up, wanted_of_list
from apiserver.rest.write import Writes
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from apiserver.unhurried import chosen
from minik8s.api.meta_v1 import DeleteOptions


async def delete_collection(call: Call, resource: Resource, writes: Writes) -> None:
    """Delete them, some at once; the answer lists what was found. Raises StatusError."""
    options = await delete_options(call)
    limit = max(integer(call, "limit") or 0, 0)
    await catch_up(wanted_of_list(call, limit), writes.cacher)
    selected = selection(call, resource)
    match = selected.match
    namespace = call.info.namespace if resource.namespaced else ""
    check_list(resource, namespace, selected)
    revision = writes.cacher.revision
    found = await chosen(resource.cache.ordered(namespace), match)
    if token := call.query.get("continue", ""):
        start = continuation.decode(token).start
        found = [entry for entry in found if entry.name >= start.rpartition("/")[2]]
    following, remaining = "", None
    if limit and len(found) > limit:
        # As in a list, what comes after the page is told, unless a selector hides how much it is.
        start = found[limit - 1].name + "\0"
        following = continuation.encode(revision, start)
        remaining = len(found) - limit if match is None else None
        found = found[:limit]
    workers = min(writes.collection_workers, len(found))
    await in_turn(found, workers, lambda entry: _delete(call, resource, writes, entry, options))
    await answer_list(call, resource, found, revision, following, remaining)


async def in_turn(found: Iterable[Entry], workers: int, delete: Callable[[Entry], Awaitable[None]]) -> None:
    """Delete entries in their order, at most `workers` at once. Raises what the first failed with.

    After a failure none is begun any more, and those under way are waited for.
    """
    left = iter(found)
    failed: list[Exception] = []

    async def work() -> None:
        for entry in left:
            try:
                await delete(entry)
            except Exception as error:
                failed.append(error)
            # A dry run waits for nothing by itself.
            await asyncio.sleep(0)
            if failed:
                return

    await asyncio.gather(*(work() for _ in range(workers)))
    if failed:
        raise failed[0]


async def _delete(call: Call, resource: Resource, writes: Writes, found: Entry, options: DeleteOptions) -> None:
    entry: Entry | None = found
    while entry is not None:
        try:
            await delete_entry(call, resource, writes, entry, options)
            return
        except RevisionConflict:
            await writes.cacher.fresh()
            entry = resource.cache.get(entry.namespace, entry.name)
        except StatusError as error:
            if error.code != 404:
                raise
            return
