"""Few watchers are told at once, crowds of what follows closely together; nobody hears less, or in another order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from apiserver.storage.delivery import Delivery
from apiserver.storage.entry import Entry, Form
from apiserver.storage.watchers import CROWD, Change, Watcher, WatcherIndex

FORM = Form("Pod", "v1", namespaced=True, decode=bytes, select=None, keep_decoded=False)


class Frames:
    """Writes the revision."""

    key = "test"

    def __init__(self) -> None:
        self.written = 0

    def frame(self, kind: str, change: Change) -> bytes:
        self.written += 1
        return b"%b%d " % (kind[:1].encode(), change.revision)

    def bookmark(self, revision: int, *, initial_events_end: bool) -> bytes:
        return b"B%d " % revision

    def error(self, status: bytes) -> bytes:
        return b"E"


class Heard:
    """A watcher and the pieces it was sent."""

    def __init__(self, index: WatcherIndex, frames: Frames, name: str = "", after: int = 0) -> None:
        self.pieces: list[bytes] = []
        match = None if not name else lambda entry: entry.name == name
        self.watcher = Watcher(
            (),
            match,
            frames,
            lambda sent: self.pieces.append(b"".join(sent)),
            lambda reason: None,
            bookmarks=False,
            last=0,
            after=after,
        )
        index.add(self.watcher)


def changed(index: WatcherIndex, revision: int, name: str = "a") -> None:
    entry = Entry(FORM, "default", name, FORM.wire(FORM.head + b'"name":"a"}}', revision), revision, revision)
    index.tell(Change(revision, None, entry))


async def test_few_watchers_never_wait() -> None:
    index, frames, told = WatcherIndex(), Frames(), Delivery()
    heard = [Heard(index, frames) for _ in range(CROWD - 1)]
    for revision in (1, 2, 3):
        changed(index, revision)
        told.deliver(index, revision)
    assert all(each.pieces == [b"A1 ", b"A2 ", b"A3 "] for each in heard)
    assert frames.written == 3, "each change is written once for all"


class Clock:
    """A clock that goes on by the same seconds at each look."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.now = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


async def turn() -> None:
    """Let what is ready run, and what it makes ready."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_crowd_is_told_at_once_and_then_of_several_changes_together() -> None:
    index, frames, told = WatcherIndex(), Frames(), Delivery(Clock(0.002))
    heard = [Heard(index, frames) for _ in range(CROWD)]
    picky, later = Heard(index, frames, "b"), Heard(index, frames, after=2)
    for revision, name in ((1, "a"), (2, "b"), (3, "a")):
        changed(index, revision, name)
        told.deliver(index, revision)
    assert all(each.pieces == [b"A1 "] for each in heard)
    async with asyncio.timeout(30):
        while len(heard[-1].pieces) < 2 or not later.pieces:
            await asyncio.sleep(0.001)
    assert all(each.pieces == [b"A1 ", b"A2 A3 "] for each in heard)
    assert picky.pieces == [b"A2 "] and later.pieces == [b"A3 "]
    assert heard[0].watcher.last == 3


@pytest.mark.parametrize(
    ("took", "size", "pause"),
    [(0.0, CROWD, CROWD * 0.0006), (0.0, 100, 0.06), (0.01, CROWD, 0.02), (5.0, CROWD, 0.075), (0.0, 300, 0.075)],
)
async def test_the_pause_grows_with_the_crowd_and_with_what_telling_it_took_and_is_bounded(
    took: float, size: int, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, frames, told = WatcherIndex(), Frames(), Delivery(Clock(took))
    heard = [Heard(index, frames) for _ in range(size)]
    loop = asyncio.get_running_loop()
    pauses: list[float] = []

    def call_later(seconds: float, callback: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        pauses.append(seconds)
        return asyncio.BaseEventLoop.call_later(loop, 0, callback, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "call_later", call_later)
    changed(index, 1)
    told.deliver(index, 1)
    changed(index, 2)
    told.deliver(index, 2)
    await turn()
    assert all(each.pieces[0] == b"A1 " for each in heard)
    assert pauses[0] == pytest.approx(pause)


async def test_what_waits_is_told_before_the_end() -> None:
    index, frames, told = WatcherIndex(), Frames(), Delivery()
    heard = [Heard(index, frames) for _ in range(CROWD)]
    changed(index, 1)
    told.deliver(index, 1)
    changed(index, 2)
    told.deliver(index, 2)
    told.hasten(index)
    assert all(each.pieces == [b"A1 ", b"A2 "] for each in heard)


async def test_a_crowd_that_shrinks_hears_everything_in_order() -> None:
    index, frames, told = WatcherIndex(), Frames(), Delivery()
    heard = [Heard(index, frames) for _ in range(CROWD)]
    for revision in (1, 2):
        changed(index, revision)
        told.deliver(index, revision)
    index.remove(heard.pop().watcher)
    changed(index, 3)
    told.deliver(index, 3)
    told.hasten(index)
    assert all(b"".join(each.pieces) == b"A1 A2 A3 " for each in heard)
