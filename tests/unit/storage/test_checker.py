"""The checker of recorded histories finds every kind of fault that is put into a good one."""

from __future__ import annotations

import copy
import dataclasses
import random
from collections.abc import Callable

import pytest

from tests.support.checker import (
    DELETE,
    OK,
    PUT,
    REFUSED,
    UNKNOWN,
    Event,
    History,
    Listing,
    Logged,
    Read,
    Segment,
    Write,
    check,
)

World = tuple[History, list[Logged]]


def good(seed: int = 1) -> World:
    """What clients of a perfect store see: every call takes effect at one moment between its start and its end."""
    chance = random.Random(seed)
    history, log = History(), list[Logged]()
    state: dict[str, tuple[int, int]] = {}
    revision, now = 10, 0.0
    segment = Segment("w", 10, [])
    for op in range(300):
        now += 1
        start, end = now - chance.random() * 0.4, now + chance.random() * 0.4
        key = f"k{chance.randrange(4)}"
        held = state.get(key)
        match chance.randrange(5):
            case 0:
                history.reads.append(Read(key, start, end, *(held or (None, 0))))
            case 1:
                history.listings.append(Listing(start, end, revision, dict(state)))
            case 2 if held:
                answer = chance.choice((OK, UNKNOWN))
                history.writes.append(Write(DELETE, key, op, held[1], start, end, answer))
                if answer == OK or chance.random() < 0.5:
                    revision += 1
                    log.append(Logged(revision, key, None, held[1]))
                    segment.events.append(Event("DELETED", key, held[0], revision))
                    del state[key]
            case 3 if held:
                history.writes.append(Write(PUT, key, op, held[1] - 1, start, end, REFUSED))
            case _:
                guard = held[1] if held else 0
                answer = chance.choice((OK, OK, UNKNOWN))
                done = answer == OK or chance.random() < 0.5
                revision += done
                told = revision if answer == OK else 0
                history.writes.append(Write(PUT, key, op, guard, start, end, answer, told))
                if done:
                    log.append(Logged(revision, key, op, guard))
                    segment.events.append(Event("MODIFIED" if held else "ADDED", key, op, revision))
                    state[key] = (op, revision)
    segment.complete = revision
    history.segments.append(segment)
    return history, log


def test_a_perfect_store_is_found_perfect() -> None:
    for seed in range(30):
        assert check(*good(seed)) == []


def acknowledged(history: History) -> Write:
    return next(w for w in history.writes[20:] if w.kind == PUT and w.outcome == OK)


def lost_write(history: History, log: list[Logged]) -> None:
    # The last write of a key, so that the log is whole without it.
    last = {e.key: e for e in log}
    entry = next(e for e in last.values() if e.op is not None)
    write = next(w for w in history.writes if w.op == entry.op)
    write.outcome, write.revision = OK, entry.revision
    log.remove(entry)


def forgotten_delete(history: History, log: list[Logged]) -> None:
    held = {e.key: e for e in log}
    entry = next(e for e in held.values() if e.op is not None)
    history.writes.append(Write(DELETE, entry.key, 9999, entry.revision, 1e3, 1e3 + 1, OK))


def stale_read(history: History, log: list[Logged]) -> None:
    newer = next(e for e in log[40:] if e.previous and e.op is not None)
    older = next(e for e in log if e.revision == newer.previous)
    end = next(w for w in history.writes if w.op == newer.op)
    end.outcome, end.revision = OK, newer.revision
    history.reads.append(Read(newer.key, end.end + 0.01, end.end + 0.02, older.op, older.revision))


def stale_absence(history: History, log: list[Logged]) -> None:
    first = next(w for w in history.writes if w.outcome == OK and w.kind == PUT and w.guard == 0)
    history.reads.append(Read(first.key, first.end + 0.001, first.end + 0.002, None, 0))


def early_read(history: History, log: list[Logged]) -> None:
    write = acknowledged(history)
    history.reads.append(Read(write.key, write.start - 2, write.start - 1, write.op, write.revision))


def read_of_nothing(history: History, log: list[Logged]) -> None:
    read = next(r for r in history.reads if r.revision)
    read.op = 77777


def stale_list(history: History, log: list[Logged]) -> None:
    listings = history.listings
    later = next(x for x in listings[5:] if x.revision > listings[2].revision)
    later.revision, later.items = listings[2].revision, listings[2].items


def torn_list(history: History, log: list[Logged]) -> None:
    listing = next(x for x in history.listings if len(x.items) > 2)
    listing.items = dict(list(listing.items.items())[1:])


def written_twice(history: History, log: list[Logged]) -> None:
    last = next(e for e in reversed(log) if e.op is not None)
    newest = next(e for e in reversed(log) if e.key == last.key)
    previous = newest.revision if newest.op is not None else 0
    log.append(Logged(log[-1].revision + 1, last.key, last.op, previous))
    history.segments.clear()


def refused_but_written(history: History, log: list[Logged]) -> None:
    acknowledged(history).outcome = REFUSED


def refused_without_cause(history: History, log: list[Logged]) -> None:
    history.writes.append(Write(PUT, "untouched", 8888, 0, 5, 6, REFUSED))


def guard_ignored(history: History, log: list[Logged]) -> None:
    acknowledged(history).guard += 1


def write_out_of_order(history: History, log: list[Logged]) -> None:
    write = acknowledged(history)
    write.start, write.end = 1e4, 1e4 + 1


def watch_gap(history: History, log: list[Logged]) -> None:
    del history.segments[0].events[7]


def watch_end_missing(history: History, log: list[Logged]) -> None:
    del history.segments[0].events[-3:]


def watch_duplicate(history: History, log: list[Logged]) -> None:
    events = history.segments[0].events
    events.insert(8, dataclasses.replace(events[7]))


def watch_reorder(history: History, log: list[Logged]) -> None:
    events = history.segments[0].events
    events[7], events[8] = events[8], events[7]


def watch_wrong_type(history: History, log: list[Logged]) -> None:
    event = next(e for e in history.segments[0].events if e.type == "MODIFIED")
    event.type = "ADDED"


FAULTS: list[tuple[Callable[[History, list[Logged]], None], str]] = [
    (lost_write, "lost write"),
    (forgotten_delete, "lost write"),
    (stale_read, "stale or early read"),
    (stale_absence, "stale or early read"),
    (early_read, "stale or early read"),
    (read_of_nothing, "never written"),
    (stale_list, "stale or early list"),
    (torn_list, "list at"),
    (written_twice, "written twice"),
    (refused_but_written, "although refused"),
    (refused_without_cause, "refused without cause"),
    (guard_ignored, "guard ignored"),
    (write_out_of_order, "out of order"),
    (watch_gap, "gap"),
    (watch_end_missing, "gap"),
    (watch_duplicate, "duplicate"),
    (watch_reorder, "gap"),
    (watch_wrong_type, "should be"),
]


@pytest.mark.parametrize(("seed_fault", "found"), FAULTS, ids=lambda v: getattr(v, "__name__", None))
def test_a_seeded_fault_is_found(seed_fault: Callable[[History, list[Logged]], None], found: str) -> None:
    for seed in range(5):
        history, log = copy.deepcopy(good(seed))
        seed_fault(history, log)
        problems = check(history, log)
        assert any(found in problem for problem in problems), problems
