"""All watch caches of a server, fed by one watch over the whole store.

Every revision of the store comes by here, so that being caught up with a revision needs no asking.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count
from operator import attrgetter

import structlog

from apiserver.collection import give_back
from apiserver.storage.cache import ResourceCache
from apiserver.storage.delivery import Delivery
from apiserver.storage.entry import Form
from apiserver.storage.keys import DEFAULT_ROOT, prefixes_of, resource_prefix
from apiserver.storage.layer import Layer
from apiserver.storage.store import Change as Stored
from apiserver.storage.store import Compacted, KeyValue, Store, StoreClosed, StoreError
from apiserver.storage.view import ViewCache, ViewForm
from apiserver.storage.watchers import Change
from minik8s.clock import Clock, SystemClock

log = structlog.get_logger("apiserver.storage")

_PAGE = 500
_BOOKMARK_SECONDS = 60.0
_REMEMBERED_MINUTES = 5
"""How far back a watch can begin at least, unless there are too many changes: as far as a store's history reaches."""
_WORTH_GIVING_BACK = 8 * 1024 * 1024
_RETRY_SECONDS = 1.0
_key = attrgetter("key")


class NotCaughtUp(Exception):
    """The cache did not reach a revision in time; `current` is where it stands."""

    def __init__(self, wanted: int, current: int) -> None:
        super().__init__(f"revision {wanted} is not there yet, the cache is at {current}")
        self.wanted = wanted
        self.current = current


def _fill(cache: ResourceCache, items: Sequence[KeyValue]) -> None:
    for key, error in cache.load(items):
        log.error("an object in the store cannot be read", key=key, error=str(error))


class Cacher:
    """The caches by (group, plural). `start` fills them and keeps them; `stop` ends that.

    `revision` is the one up to which everything has been seen.
    """

    def __init__(self, store: Store, *, root: str = DEFAULT_ROOT, clock: Clock | None = None) -> None:
        self.store = store
        self.root = root
        self.clock = clock or SystemClock()
        self.revision = 0
        self.ready = asyncio.Event()
        self.problem = ""
        self._caches: dict[str, ResourceCache] = {}
        self._views: dict[str, list[ViewCache]] = {}
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self._delivery = Delivery()
        self._tasks: list[asyncio.Task[None]] = []
        self._watching: asyncio.Task[None] | None = None
        self._silent = False
        # What happens below a prefix while it is being read.
        self._loading: dict[str, list[Stored]] = {}

    def add(self, group: str, plural: str, form: Form) -> ResourceCache:
        """Cache a resource from now on; before `start`, or for a resource that has no objects yet."""
        prefix = resource_prefix(self.root, group, plural)
        cache = self._caches.get(prefix)
        if cache is None:
            cache = self._caches[prefix] = ResourceCache(prefix, form)
            cache.floor = cache.revision = self.revision
        return cache

    def add_view(self, group: str, plural: str, form: ViewForm) -> ResourceCache:
        """Serve a resource that is cached already in another form too."""
        prefix = resource_prefix(self.root, group, plural)
        view = ViewCache(self._caches[prefix], form)
        self._views.setdefault(prefix, []).append(view)
        return view

    def watch_view(self, view: ViewCache) -> None:
        """Have a view follow the cache it is made from."""
        self._views.setdefault(view.prefix, []).append(view)

    def deliver(self, cache: ResourceCache) -> None:
        """Tell the watchers of a cache what waits for them."""
        self._delivery.deliver(cache.watchers, self.revision)

    async def install(self, group: str, plural: str, form: Form) -> ResourceCache:
        """Cache a resource anew while the server runs, loaded from the store. Raises StoreError, NotCaughtUp.

        What was cached of it is dropped, with its views, and its watchers are ended.
        """
        prefix = resource_prefix(self.root, group, plural)
        fresh = ResourceCache(prefix, form)
        since: list[Stored] = []
        self._loading[prefix] = since
        try:
            revision = await self.store.revision()
            start = ""
            while True:
                page = await self.store.range(prefix, start=start, limit=_PAGE, revision=revision)
                _fill(fresh, page.items)
                if not page.more:
                    break
                start = page.items[-1].key + "\0"
            await self.wait_for(revision)
        finally:
            del self._loading[prefix]
        for each in since:
            if each.revision > revision:
                try:
                    fresh.apply(each.key, each.value, each.create_revision, each.revision)
                except ValueError as error:
                    log.error("a change in the store cannot be read", key=each.key, error=str(error))
                    fresh.lose(each.key, each.value or b"", each.revision)
        fresh.floor, fresh.revision = revision, self.revision
        self.remove(group, plural)
        self._caches[prefix] = fresh
        return fresh

    def remove(self, group: str, plural: str) -> None:
        """Forget a resource; its watchers are ended."""
        prefix = resource_prefix(self.root, group, plural)
        cache = self._caches.pop(prefix, None)
        gone = self._views.pop(prefix, [])
        for each in [cache, *gone] if cache is not None else gone:
            self._delivery.hasten(each.watchers)
            for watcher in each.watchers:
                watcher.stop("the resource is no longer served")

    @property
    def caches(self) -> Iterable[ResourceCache]:
        """All caches of what is stored; views are not among them."""
        return self._caches.values()

    def _all(self) -> Iterator[ResourceCache]:
        yield from self._caches.values()
        for views in self._views.values():
            yield from views

    async def start(self) -> None:
        """Load what the store holds, then follow it. Raises StoreError."""
        await self._load()
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._keep_up())]

    async def stop(self) -> None:
        """Stop following; end all watches."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for cache in self._all():
            self._delivery.hasten(cache.watchers)
            for watcher in cache.watchers:
                watcher.stop("")

    def stale(self, key: str) -> bool:
        """Whether an update that changes nothing has to be written all the same, in today's form (encryption)."""
        return isinstance(self.store, Layer) and self.store.stale(key)

    async def fresh(self, timeout: float = 3.0) -> int:
        """Wait until the cache shows everything that was written before this call; its revision then.

        Raises NotCaughtUp or StoreError.
        """
        wanted = await self.store.revision()
        if wanted > self.revision:
            await self.wait_for(wanted, timeout)
        return self.revision

    async def wait_for(self, revision: int, timeout: float = 3.0) -> None:
        """Wait until the cache has seen a revision. Raises NotCaughtUp after `timeout` seconds."""
        if revision <= self.revision:
            return
        future = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (revision, next(self._order), future))
        before = self.revision
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            if self.revision == before:
                self._watch_anew()
            raise NotCaughtUp(revision, self.revision) from None

    def bookmark(self) -> None:
        """Tell every watcher that wants it how far it has come."""
        for cache in self._all():
            self._delivery.hasten(cache.watchers)
            for watcher in cache.watchers if not cache.behind else ():
                if watcher.bookmarks and watcher.last < self.revision:
                    watcher.last = self.revision
                    watcher.send([watcher.format.bookmark(self.revision, initial_events_end=False)])

    async def _load(self) -> None:
        """Read the whole store, then show it all at once: who reads meanwhile sees what was there before."""
        revision = await self.store.revision()
        fresh = {prefix: ResourceCache(prefix, cache.form) for prefix, cache in self._caches.items()}
        start = ""
        while True:
            page = await self.store.range(self.root + "/", start=start, limit=_PAGE, revision=revision)
            for holder, items in self._by_cache(page.items, fresh):
                _fill(holder, items)
            if not page.more:
                break
            start = page.items[-1].key + "\0"
        if not self._caches.keys() <= fresh.keys():
            # A resource came in between.
            await self._load()
            return
        self._adopt(fresh, revision)
        self.ready.set()

    def _by_cache(
        self, items: list[KeyValue], caches: dict[str, ResourceCache]
    ) -> Iterator[tuple[ResourceCache, list[KeyValue]]]:
        """What was read, in key order, divided among the resources it is of; what nobody serves is left out."""
        at = 0
        while at < len(items):
            short, long = prefixes_of(self.root, items[at].key)
            prefix = short if short in caches else long
            # A slash ends a prefix, so that the next character ends all keys below it.
            below = len(prefix) > len(self.root) + 1
            end = bisect_left(items, prefix[:-1] + "0", at, key=_key) if below else at
            holder = caches.get(prefix)
            if holder is not None:
                yield holder, items[at:end]
            at = max(end, at + 1)

    def _adopt(self, fresh: dict[str, ResourceCache], revision: int) -> None:
        for prefix, cache in self._caches.items():
            # Nobody can be told what happened between the old state and the new one.
            for each in (cache, *self._views.get(prefix, ())):
                self._delivery.hasten(each.watchers)
                for watcher in each.watchers:
                    watcher.stop("too old")
            changes = cache.adopt(fresh[prefix], revision)
            for view in self._views.get(prefix, ()):
                view.reload()
            for change in changes:
                self._tell(cache, change)
        self._advance(revision)

    def _lose(self, cache: ResourceCache, stored: Stored) -> None:
        """Take in that an object cannot be read any more: who watches has to begin anew, and is told so then."""
        change = cache.lose(stored.key, stored.value or b"", stored.revision)
        for view in self._views.get(cache.prefix, ()):
            view.reload()
        for each in (cache, *self._views.get(cache.prefix, ())):
            self._delivery.hasten(each.watchers)
            for watcher in each.watchers:
                watcher.stop("too old")
        if change is not None:
            self._tell(cache, change)

    def _tell(self, cache: ResourceCache, change: Change) -> None:
        for listener in cache.listeners:
            try:
                listener(change)
            except Exception:
                log.exception("a listener failed", prefix=cache.prefix)

    async def _follow(self) -> None:
        while True:
            try:
                if await self._watch():
                    continue
                return
            except Compacted:
                log.warning("the watch cache fell behind the store's history and starts anew", revision=self.revision)
                try:
                    await self._load()
                    self.problem = ""
                    continue
                except StoreError as error:
                    self._complain(error)
            except StoreClosed:
                return
            except StoreError as error:
                self._complain(error)
            except Exception as error:
                # Whatever it is: a cache that stands still would be worse.
                log.exception("following the store failed")
                self._complain(error)
            await self.clock.sleep(_RETRY_SECONDS)

    async def _watch(self) -> bool:
        """Take in what the store tells until it ends; whether to begin again at once, because it has fallen silent.

        Raises StoreError.
        """
        self._watching = task = asyncio.create_task(self._take_all())
        try:
            await task
            return False
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is None or current.cancelling():
                raise
            self._silent = False
            return True

    async def _take_all(self) -> None:
        # The whole key space, so that changes of other keys count towards the revision too.
        async for batch in self.store.watch("", self.revision):
            self.problem = ""
            self._take(batch)

    def _watch_anew(self) -> None:
        """The store has what its watch does not tell of: end that watch and begin another where it stopped."""
        if self._watching is not None and not self._watching.done() and not self._silent:
            log.warning("the store's watch is silent and begun anew", revision=self.revision)
            self._silent = True
            self._watching.cancel()

    def _complain(self, error: Exception) -> None:
        self.problem = str(error)
        log.error("cannot follow the store, trying again", error=self.problem)

    async def _keep_up(self) -> None:
        """Every minute: bookmarks, and what changed long ago is forgotten."""
        passed: deque[int] = deque(maxlen=_REMEMBERED_MINUTES)
        while True:
            await self.clock.sleep(_BOOKMARK_SECONDS)
            self.bookmark()
            if len(passed) == _REMEMBERED_MINUTES:
                # A list, so that no cache is in the way that comes or goes.
                dropped = sum(cache.forget_changes(passed[0]) for cache in list(self._all()))
                if dropped > _WORTH_GIVING_BACK:
                    give_back()
            passed.append(self.revision)

    def _cache_of(self, key: str) -> ResourceCache | None:
        short, long = prefixes_of(self.root, key)
        found = self._caches.get(short)
        return self._caches.get(long) if found is None else found

    def _take(self, batch: list[Stored]) -> None:
        touched: set[ResourceCache] = set()
        for stored in batch:
            for prefix in prefixes_of(self.root, stored.key) if self._loading else ():
                if prefix in self._loading:
                    self._loading[prefix].append(stored)
            cache = self._cache_of(stored.key)
            if cache is None:
                continue
            try:
                change = cache.apply(stored.key, stored.value, stored.create_revision, stored.revision)
            except ValueError as error:
                log.error("a change in the store cannot be read", key=stored.key, error=str(error))
                self._lose(cache, stored)
                continue
            if change is not None:
                touched.add(cache)
                for view in self._views.get(cache.prefix, ()):
                    view.follow(change)
                    touched.add(view)
                self._tell(cache, change)
        self._advance(batch[-1].revision)
        for cache in touched:
            self._delivery.deliver(cache.watchers, self.revision)

    def _advance(self, revision: int) -> None:
        self.revision = revision
        waiting = self._waiting
        while waiting and waiting[0][0] <= revision:
            future = heappop(waiting)[2]
            if not future.done():
                future.set_result(None)
