"""Concurrent clients that write, read, list and watch ConfigMaps through API servers and record all they are told."""

from __future__ import annotations

import asyncio
import json
import random
import time
from itertools import count
from typing import Any

import aiohttp

from tests.support.checker import DELETE, OK, PUT, REFUSED, UNKNOWN, Event, History, Listing, Read, Segment, Write

PATH = "/api/v1/namespaces/default/configmaps"
PREFIX = "/registry/configmaps/default/"
KEYS = 6
_FINISH_SECONDS = 60
_FAILED = (aiohttp.ClientError, asyncio.TimeoutError, ConnectionError)


class Clients:
    """All clients of one storm; `history` is what they saw."""

    def __init__(self, urls: list[str], seed: int) -> None:
        self.history = History()
        self.urls = urls
        self.over = False
        self.sentinel = 0
        self._ops = count(1)
        self._chance = random.Random(seed)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=False, limit=0), timeout=aiohttp.ClientTimeout(total=20)
        )

    async def close(self) -> None:
        await self._session.close()

    async def work(self, number: int) -> None:
        """One client: until the storm is over."""
        url = self.urls[number % len(self.urls)] + PATH
        known: dict[str, int] = {}
        while not self.over:
            name = f"k{self._chance.randrange(KEYS)}"
            try:
                match self._chance.randrange(10):
                    case 0 | 1 | 2:
                        await self.get(url, name, known)
                    case 3:
                        await self.list(url)
                    case 4 if known.get(name):
                        await self.delete(url, name, known)
                    case 5 if known.get(name):
                        # Over what it saw some time ago, to be refused if others were faster.
                        await self.put(url, name, known)
                    case _:
                        await self.get(url, name, known)
                        await self.put(url, name, known)
            except _FAILED:
                await asyncio.sleep(0.02)

    async def get(self, url: str, name: str, known: dict[str, int]) -> None:
        start = time.monotonic()
        async with self._session.get(f"{url}/{name}") as answer:
            body = await answer.json(content_type=None)
        end = time.monotonic()
        if answer.status == 200:
            known[name] = int(body["metadata"]["resourceVersion"])
            self.history.reads.append(Read(name, start, end, int(body["data"]["op"]), known[name]))
        elif answer.status == 404:
            known[name] = 0
            self.history.reads.append(Read(name, start, end, None, 0))
        elif answer.status < 500:
            raise AssertionError(f"GET {name}: {answer.status} {body}")

    async def list(self, url: str) -> int:
        start = time.monotonic()
        async with self._session.get(url) as answer:
            body = await answer.json(content_type=None)
        end = time.monotonic()
        if answer.status != 200:
            raise aiohttp.ClientError(str(body))
        items = {
            i["metadata"]["name"]: (int(i["data"]["op"]), int(i["metadata"]["resourceVersion"])) for i in body["items"]
        }
        revision = int(body["metadata"]["resourceVersion"])
        self.history.listings.append(Listing(start, end, revision, items))
        return revision

    async def put(self, url: str, name: str, known: dict[str, int]) -> Write:
        guard = known.get(name, 0)
        write = Write(PUT, name, next(self._ops), guard, time.monotonic(), 0.0, UNKNOWN)
        metadata = {"name": name, **({"resourceVersion": str(guard)} if guard else {})}
        body = {"metadata": metadata, "data": {"op": str(write.op), "padding": "x" * 200}}
        call = self._session.put(f"{url}/{name}", json=body) if guard else self._session.post(url, json=body)
        told = await self._tell(write, call)
        if write.outcome == OK:
            known[name] = write.revision = int(told["metadata"]["resourceVersion"])
        return write

    async def delete(self, url: str, name: str, known: dict[str, int]) -> None:
        guard = known[name]
        write = Write(DELETE, name, next(self._ops), guard, time.monotonic(), 0.0, UNKNOWN)
        body = {"preconditions": {"resourceVersion": str(guard)}}
        await self._tell(write, self._session.delete(f"{url}/{name}", json=body))
        if write.outcome == OK:
            known[name] = 0

    async def _tell(self, write: Write, call: Any) -> Any:
        self.history.writes.append(write)
        try:
            async with call as answer:
                told = await answer.json(content_type=None)
            if answer.status in (200, 201):
                write.outcome = OK
            elif answer.status in (404, 409):
                write.outcome = REFUSED
            elif answer.status < 500:
                raise AssertionError(f"{write}: {answer.status} {told}")
            return told
        finally:
            write.end = time.monotonic()

    async def watch(self, number: int) -> None:
        """One watcher: resumes where it was, lists anew only when it is told to, until it sees the sentinel."""
        url = self.urls[number % len(self.urls)] + PATH
        segment: Segment | None = None
        while True:
            try:
                if segment is None:
                    segment = Segment(f"{number}", await self.list(url), [])
                    self.history.segments.append(segment)
                if self.sentinel and segment.after >= self.sentinel:
                    segment.complete = self.sentinel
                    return
                if await self._follow(url, segment):
                    return
                segment = None
            except _FAILED:
                await asyncio.sleep(0.02)

    async def _follow(self, url: str, segment: Segment) -> bool:
        """Read one watch; whether it is all done. False when history is gone."""
        last = segment.events[-1].revision if segment.events else segment.after
        params = {"watch": "1", "resourceVersion": str(last), "allowWatchBookmarks": "true"}
        timeout = aiohttp.ClientTimeout(total=None, sock_read=20)
        async with self._session.get(url, params=params, timeout=timeout) as answer:
            if answer.status == 410:
                return False
            if answer.status != 200:
                raise aiohttp.ClientError(str(answer.status))
            async for line in answer.content:
                said = json.loads(line)
                if said["type"] == "BOOKMARK":
                    continue
                if said["type"] == "ERROR":
                    if said["object"]["code"] == 410:
                        return False
                    raise aiohttp.ClientError(str(said))
                metadata = said["object"]["metadata"]
                revision = int(metadata["resourceVersion"])
                op = int(said["object"]["data"]["op"])
                segment.events.append(Event(said["type"], metadata["name"], op, revision))
                if self.sentinel and revision >= self.sentinel:
                    segment.complete = self.sentinel
                    return True
        raise aiohttp.ClientError("the watch ended")

    async def finish(self, url: str, watchers: list[asyncio.Task[None]]) -> None:
        """Write one last object, and one more to wake those who had it before it was known, and see all come to it."""
        try:
            async with asyncio.timeout(_FINISH_SECONDS):
                await self._finish(url, watchers)
        except TimeoutError:
            came = [
                f"watch {s.watcher} after {s.after}: {s.events[-1].revision if s.events else 'nothing'}"
                for s in self.history.segments[-2 * len(watchers) :]
                if not s.complete
            ]
            last = self.history.writes[-1]
            raise AssertionError(
                f"the end did not come in {_FINISH_SECONDS} s: sentinel {self.sentinel or 'not written'}, "
                f"last write {last}, unfinished: {'; '.join(came) or 'none'}"
            ) from None

    async def _finish(self, url: str, watchers: list[asyncio.Task[None]]) -> None:
        more = 2
        while more:
            try:
                write = await self.put(url + PATH, f"last-{next(self._ops)}", {})
                self.sentinel = self.sentinel or write.revision
                more -= write.outcome == OK
            except _FAILED:
                await asyncio.sleep(0.05)
        await asyncio.gather(*watchers)
