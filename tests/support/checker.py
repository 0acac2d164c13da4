"""Judges a recorded history of concurrent clients against the log the store ended with.

Every write carries an operation number of its own, so that each version of a key tells who wrote it. The store's log
orders all writes by revision; every answer must fit a moment of that order which lies between question and answer:

- an acknowledged write stands in the log at its revision, once; a refused one does not; nothing stands in it unasked;
- a read shows the state at some revision not before any that was known to anybody when it began, and not after any
  write that began only when it had ended (linearizable across all keys, since revisions are);
- a watch shows exactly the log behind its first revision: no gap, no duplicate, no reordering.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right
from itertools import accumulate

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"
PUT, DELETE = "put", "delete"


@dataclasses.dataclass(frozen=True, slots=True)
class Logged:
    """One change in the store's log; `op` is None for a delete, `previous` the key's revision before (0: none)."""

    revision: int
    key: str
    op: int | None
    previous: int


@dataclasses.dataclass(slots=True)
class Write:
    """`guard` is the revision the writer wanted to replace or delete, 0 for a create; `revision` that of the answer."""

    kind: str
    key: str
    op: int
    guard: int
    start: float
    end: float
    outcome: str
    revision: int = 0


@dataclasses.dataclass(slots=True)
class Read:
    """One object: `revision` 0 when it was not found."""

    key: str
    start: float
    end: float
    op: int | None
    revision: int


@dataclasses.dataclass(slots=True)
class Listing:
    """All keys at `revision`: key -> (op, revision)."""

    start: float
    end: float
    revision: int
    items: dict[str, tuple[int, int]]


@dataclasses.dataclass(slots=True)
class Event:
    """What a watch said; `op` is that of the last version for a delete."""

    type: str
    key: str
    op: int
    revision: int


@dataclasses.dataclass(slots=True)
class Segment:
    """A watch resumed without a new list in between: from `after`; it must have come to `complete` if that is set."""

    watcher: str
    after: int
    events: list[Event]
    complete: int = 0


@dataclasses.dataclass(slots=True)
class History:
    """What all clients asked and were told."""

    writes: list[Write] = dataclasses.field(default_factory=list)
    reads: list[Read] = dataclasses.field(default_factory=list)
    listings: list[Listing] = dataclasses.field(default_factory=list)
    segments: list[Segment] = dataclasses.field(default_factory=list)


class Checker:
    """`problems` of one history and one log, in words; none when all is well."""

    def __init__(self, history: History, log: list[Logged]) -> None:
        self.history = history
        self.log = log
        self.problems: list[str] = []
        self._by_key: dict[str, list[Logged]] = {}
        for entry in log:
            self._by_key.setdefault(entry.key, []).append(entry)
        self._puts = {w.op: w for w in history.writes if w.kind == PUT}
        self._deletes: dict[tuple[str, int], list[Write]] = {}
        for write in history.writes:
            if write.kind == DELETE:
                self._deletes.setdefault((write.key, write.guard), []).append(write)
        self._bounds()

    def check(self) -> list[str]:
        """All of it."""
        self._check_log()
        for write in self.history.writes:
            self._check_write(write)
        for read in self.history.reads:
            self._check_read(read)
        for listing in self.history.listings:
            self._check_listing(listing)
        for segment in self.history.segments:
            self._check_segment(segment)
        return self.problems

    def _bounds(self) -> None:
        """Prepare: what had been told by a time, and what had not been asked for yet."""
        told = [(w.end, w.revision) for w in self.history.writes if w.outcome == OK and w.revision]
        told += [(r.end, r.revision) for r in self.history.reads]
        told += [(x.end, x.revision) for x in self.history.listings]
        told.sort()
        self._told_at = [t for t, _ in told]
        self._told = list(accumulate((r for _, r in told), max))
        begun = sorted((start, entry.revision) for entry in self.log if (start := self._begun(entry)) is not None)
        self._begun_at = [t for t, _ in begun]
        self._begun_least = list(accumulate((r for _, r in reversed(begun)), min))[::-1]

    def _begun(self, entry: Logged) -> float | None:
        if entry.op is not None:
            write = self._puts.get(entry.op)
            return None if write is None else write.start
        askers = self._deletes.get((entry.key, entry.previous), ())
        return min((w.start for w in askers if w.outcome != REFUSED), default=None)

    def _low(self, start: float) -> int:
        at = bisect_left(self._told_at, start)
        return self._told[at - 1] if at else 0

    def _high(self, end: float) -> float:
        at = bisect_right(self._begun_at, end)
        return self._begun_least[at] - 1 if at < len(self._begun_least) else float("inf")

    def _at(self, key: str, revision: int) -> Logged | None:
        entries = self._by_key.get(key, [])
        at = bisect_right(entries, revision, key=lambda e: e.revision)
        found = entries[at - 1] if at else None
        return found if found is not None and found.op is not None else None

    def _ever(self, key: str, low: int, high: float, *, revision: int) -> bool:
        """Whether the key had that revision (0: was absent) at some moment from `low` to `high`."""
        entries = self._by_key.get(key, [])
        moments = [low, *(e.revision for e in entries if low < e.revision <= high)]
        for moment in moments:
            found = self._at(key, moment)
            if (found.revision if found else 0) == revision:
                return True
        return False

    def _check_log(self) -> None:
        seen: dict[int, int] = {}
        newest: dict[str, Logged] = {}
        for entry in self.log:
            where = f"revision {entry.revision} of {entry.key}"
            if entry.op is not None:
                if entry.op in seen:
                    self.problems.append(f"written twice: operation {entry.op} at {seen[entry.op]} and {where}")
                seen[entry.op] = entry.revision
                write = self._puts.get(entry.op)
                if write is None or write.key != entry.key:
                    self.problems.append(f"written unasked: {where}")
                elif write.outcome == REFUSED:
                    self.problems.append(f"written although refused: {where}")
            elif self._begun(entry) is None:
                self.problems.append(f"deleted unasked: {where}")
            before = newest.get(entry.key)
            if entry.previous != (before.revision if before is not None and before.op is not None else 0):
                self.problems.append(f"log out of joint: {where} follows {entry.previous}")
            newest[entry.key] = entry

    def _check_write(self, write: Write) -> None:
        low, high = self._low(write.start), self._high(write.end)
        what = f"{write.kind} {write.op} of {write.key} over revision {write.guard}"
        if write.outcome == REFUSED:
            # It was right to refuse if the guard did not hold at some moment of the call.
            entries = self._by_key.get(write.key, [])
            moments = [low, *(e.revision for e in entries if low < e.revision <= high)]
            found = (self._at(write.key, m) for m in moments)
            if all((entry.revision if entry else 0) == write.guard for entry in found):
                self.problems.append(f"refused without cause: {what}")
            return
        if write.outcome != OK:
            return
        entries = self._by_key.get(write.key, [])
        if write.kind == DELETE:
            entry = next((e for e in entries if e.op is None and e.previous == write.guard), None)
        else:
            entry = next((e for e in entries if e.op == write.op), None)
        if entry is None:
            self.problems.append(f"lost write: {what} was acknowledged (revision {write.revision or 'not told'})")
            return
        if write.revision and entry.revision != write.revision:
            self.problems.append(f"lost write: {what} was told {write.revision}, the log has {entry.revision}")
        if entry.previous != write.guard:
            self.problems.append(f"guard ignored: {what} replaced {entry.previous}")
        # A delete may be told to have been done that another one of the same revision did just before.
        if write.kind == PUT and not low < entry.revision <= high:
            self.problems.append(f"write out of order: {what} has {entry.revision}, not within ({low}, {high}]")

    def _check_read(self, read: Read) -> None:
        low, high = self._low(read.start), self._high(read.end)
        if read.revision:
            entry = self._at(read.key, read.revision)
            if entry is None or entry.revision != read.revision or entry.op != read.op:
                self.problems.append(f"read of what was never written: {read}")
                return
        if not self._ever(read.key, low, high, revision=read.revision):
            self.problems.append(f"stale or early read: {read} shows no state between {low} and {high}")

    def _check_listing(self, listing: Listing) -> None:
        low, high = self._low(listing.start), self._high(listing.end)
        if not low <= listing.revision <= high:
            self.problems.append(f"stale or early list: {listing.revision} is not between {low} and {high}")
        for key in self._by_key.keys() | listing.items.keys():
            entry = self._at(key, listing.revision)
            held = (entry.op, entry.revision) if entry is not None else None
            if listing.items.get(key) != held:
                said = listing.items.get(key)
                self.problems.append(f"list at {listing.revision} shows {key} as {said}, the log has {held}")

    def _check_segment(self, segment: Segment) -> None:
        who = f"watch {segment.watcher} after {segment.after}"
        at = bisect_right(self.log, segment.after, key=lambda e: e.revision)
        last = segment.after
        for event in segment.events:
            if event.revision <= last:
                kind = "duplicate" if event.revision == last else "reordered"
                self.problems.append(f"{who}: {kind} event {event}")
                return
            if at >= len(self.log) or self.log[at].revision > event.revision:
                self.problems.append(f"{who}: event {event} is not in the log")
                return
            if self.log[at].revision < event.revision:
                self.problems.append(f"{who}: gap, {self.log[at]} is missing before {event}")
                return
            entry = self.log[at]
            wanted = "DELETED" if entry.op is None else "MODIFIED" if entry.previous else "ADDED"
            before = self._at(entry.key, entry.previous)
            op = entry.op if entry.op is not None else before.op if before else None
            if (event.type, event.key, event.op) != (wanted, entry.key, op):
                self.problems.append(f"{who}: {event} should be {wanted} of {entry}")
            last = event.revision
            at += 1
        if segment.complete > last and at < len(self.log) and self.log[at].revision <= segment.complete:
            self.problems.append(f"{who}: gap, nothing came behind {last}, the log goes on with {self.log[at]}")


def check(history: History, log: list[Logged]) -> list[str]:
    """What is wrong, in words; empty when nothing is."""
    return Checker(history, log).check()
