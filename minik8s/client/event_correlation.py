"""What keeps a burst of core/v1 events from flooding the server: counting, combining and a per-object allowance."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from typing import Generic, TypeVar

from minik8s.api.core_v1 import ObjectReference
from minik8s.clock import Clock

SIMILAR_LIMIT = 10
SIMILAR_SECONDS = 600.0
SPAM_BURST = 25
SPAM_SECONDS_PER_EVENT = 300.0
CACHE_SIZE = 4096
COMBINED = "(combined from similar events): "

V = TypeVar("V")


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """One thing that happened, before it becomes an event."""

    about: ObjectReference
    type: str
    reason: str
    message: str

    @property
    def subject(self) -> tuple[str, ...]:
        """The object and nothing of what happened to it."""
        a = self.about
        return (a.kind, a.namespace, a.name, a.uid, a.api_version)

    @property
    def similar(self) -> tuple[str, ...]:
        """What events share that may differ in their message."""
        return (*self.subject, self.type, self.reason)

    @property
    def same(self) -> tuple[str, ...]:
        """What events share that are one event with a count."""
        return (*self.similar, self.about.field_path, self.message)


class Cache(Generic[V]):
    """A bounded map that forgets what was used longest ago."""

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self._size = size
        self._entries: OrderedDict[tuple[str, ...], V] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> V | None:
        """The entry, now the most recently used."""
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: tuple[str, ...], value: V) -> None:
        """Keep an entry."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def pop(self, key: tuple[str, ...]) -> V | None:
        """Forget an entry."""
        return self._entries.pop(key, None)

    def items(self) -> list[tuple[tuple[str, ...], V]]:
        """All entries."""
        return list(self._entries.items())


@dataclasses.dataclass(slots=True)
class _Similar:
    messages: set[tuple[str, ...]]
    last: float


@dataclasses.dataclass(slots=True)
class _Allowance:
    tokens: float
    at: float


class Correlator:
    """Decides for each report whether it is sent, and under which message and key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._similar: Cache[_Similar] = Cache()
        self._allowances: Cache[_Allowance] = Cache()

    def combine(self, report: Report) -> tuple[Report, tuple[str, ...]]:
        """The report with the key its count is kept under: similar ones beyond ten in ten minutes become one."""
        now = self._clock.monotonic()
        record = self._similar.get(report.similar)
        if record is None or now - record.last > SIMILAR_SECONDS:
            record = _Similar(set(), now)
        record.messages.add(report.same)
        record.last = now
        self._similar.put(report.similar, record)
        if len(record.messages) < SIMILAR_LIMIT:
            return report, report.same
        record.messages.pop()
        return dataclasses.replace(report, message=COMBINED + report.message), report.similar

    def allowed(self, report: Report) -> bool:
        """Whether the object still has an allowance: 25 at once, then one every five minutes."""
        now = self._clock.monotonic()
        held = self._allowances.get(report.subject) or _Allowance(float(SPAM_BURST), now)
        held.tokens = min(float(SPAM_BURST), held.tokens + (now - held.at) / SPAM_SECONDS_PER_EVENT)
        held.at = now
        self._allowances.put(report.subject, held)
        if held.tokens < 1:
            return False
        held.tokens -= 1
        return True
