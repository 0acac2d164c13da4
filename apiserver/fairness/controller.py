"""API Priority and Fairness: requests are sorted into levels, and wait there for a seat in fair order.

Levels lend what they do not use, down to their minimum, and get it back as soon as borrowers are done: a seat
is given to who is furthest below its nominal share.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, NamedTuple

import structlog

from apiserver.auth.protocols import Attributes, Reader
from apiserver.fairness.bootstrap import flow_schemas, priority_levels
from apiserver.fairness.gate import Seat, refused
from apiserver.fairness.level import Level, Waiter
from apiserver.fairness.matching import flow_of, in_order, matches
from apiserver.fairness.tally import CANCELLED, NO_QUEUE, QUEUE_FULL, TIMED_OUT, Tallies, Tally
from minik8s.api.flowcontrol_v1 import FlowSchema, PriorityLevelConfiguration

log = structlog.get_logger("apiserver.fairness")

CATCH_ALL = "catch-all"
EXEMPT = "exempt"

_CACHED = 16_384
_PATIENCE = 15.0  # seconds in a queue


class _Class(NamedTuple):
    schema: FlowSchema
    level: Level


class LevelSeat:
    """A seat on a level."""

    __slots__ = ("_fairness", "_level", "_seats", "_tally", "flow_schema_uid", "priority_level_uid")

    def __init__(
        self, fairness: Fairness, level: Level, seats: int, flow_schema_uid: str, tally: Tally, waited: float = 0.0
    ) -> None:
        self._fairness = fairness
        self._level: Level | None = level
        self._seats = seats
        self._tally = tally
        self.flow_schema_uid = flow_schema_uid
        self.priority_level_uid = level.uid
        tally.start(waited)

    def leave(self) -> None:
        """Give the seat back; who waits is let in."""
        level, self._level = self._level, None
        if level is not None:
            self._tally.running -= 1
            self._fairness.release(level, self._seats)


class Fairness:
    """The gate. `total` is the number of seats of the server: the sum of the two in-flight limits."""

    seats_watches = True

    def __init__(self, reader: Reader, total: int, patience: float = _PATIENCE) -> None:
        self._total = total
        self._patience = patience
        self._schemas: dict[str, FlowSchema] = {}
        self._configs: dict[str, PriorityLevelConfiguration] = {}
        self._levels: dict[str, Level] = {}
        self._order: list[_Class] = []
        self._classes: dict[tuple[object, ...], _Class] = {}
        self._stale = True
        self._in_use = 0
        self._reserved = 0
        self.tallies = Tallies(self.describe)
        reader.on_change(FlowSchema, self._schema_changed)
        reader.on_change(PriorityLevelConfiguration, self._config_changed)

    def _schema_changed(self, old: FlowSchema | None, new: FlowSchema | None) -> None:
        if new is not None:
            self._schemas[new.metadata.name] = new
        elif old is not None:
            self._schemas.pop(old.metadata.name, None)
        self._stale = True

    def _config_changed(self, old: PriorityLevelConfiguration | None, new: PriorityLevelConfiguration | None) -> None:
        if new is not None:
            self._configs[new.metadata.name] = new
        elif old is not None:
            self._configs.pop(old.metadata.name, None)
        self._stale = True

    def _rebuild(self) -> None:
        """Work out levels and order anew after a change."""
        self._stale = False
        configs = dict(self._configs)
        schemas = dict(self._schemas)
        # Without the mandatory objects nothing could be sorted: theirs are known by heart.
        for config in priority_levels():
            if config.metadata.name in (CATCH_ALL, EXEMPT):
                configs.setdefault(config.metadata.name, config)
        for schema in flow_schemas():
            if schema.metadata.name in (CATCH_ALL, EXEMPT):
                schemas.setdefault(schema.metadata.name, schema)
        for name, config in configs.items():
            self._levels.setdefault(name, Level(name)).configure(config)
        for name, level in list(self._levels.items()):
            if name not in configs:
                level.shares = 0
                if not level.in_use and not level.waiting:
                    del self._levels[name]
        shares = sum(level.shares for level in self._levels.values())
        for level in self._levels.values():
            level.divide(self._total, shares)
        limited = [level for level in self._levels.values() if not level.exempt]
        self._reserved = sum(max(0, level.minimum - level.in_use) for level in limited)
        self._in_use = sum(level.in_use for level in limited)
        self._order = [
            _Class(schema, self._levels[schema.spec.priority_level_configuration.name])
            for schema in in_order(list(schemas.values()))
            if schema.spec.priority_level_configuration.name in configs
        ]
        self._classes.clear()
        self.tallies.forget_all_but(schemas)
        self._admit_waiting()

    def classify(self, attributes: Attributes) -> tuple[FlowSchema, Level]:
        """The flow schema and level of a request."""
        if self._stale:
            self._rebuild()
        user = attributes.user
        key = (
            user.name,
            user.groups,
            attributes.verb,
            attributes.api_group,
            attributes.resource,
            attributes.subresource,
            attributes.namespace,
            attributes.path if not attributes.resource_request else None,
        )
        found = self._classes.get(key)
        if found is None:
            found = next((one for one in self._order if matches(one.schema, attributes)), None)
            if found is None:
                found = next(one for one in self._order if one.schema.metadata.name == CATCH_ALL)
            if len(self._classes) >= _CACHED:
                self._classes.clear()
            self._classes[key] = found
        return found

    async def enter(self, attributes: Attributes, seats: int = 1) -> Seat:
        """A seat on the request's level, waited for if need be. Raises StatusError (429)."""
        schema, level = self.classify(attributes)
        uid = schema.metadata.uid
        tally = self.tallies.of(schema.metadata.name, level.name)
        if level.exempt:
            level.in_use += seats
            level.dispatched += 1
            return LevelSeat(self, level, seats, uid, tally)
        if seats > 1:
            seats = level.width(seats)
        if not level.waiting and self._may_run(level, seats):
            self._occupy(level, seats)
            return LevelSeat(self, level, seats, uid, tally)
        flow = hash((schema.metadata.name, flow_of(schema, attributes)))
        waiter = level.enqueue(flow, seats)
        if waiter is None:
            level.rejected += 1
            tally.refuse(QUEUE_FULL if level.queues else NO_QUEUE, 0.0)
            raise refused()
        began = time.monotonic()
        tally.waiting += 1
        try:
            await self._turn(level, waiter)
        except BaseException as error:
            reason = CANCELLED if isinstance(error, asyncio.CancelledError) else TIMED_OUT
            tally.refuse(reason, time.monotonic() - began)
            raise
        finally:
            tally.waiting -= 1
        return LevelSeat(self, level, seats, uid, tally, time.monotonic() - began)

    async def _turn(self, level: Level, waiter: Waiter) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await waiter.turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if waiter.turn.done() and not waiter.turn.cancelled():
                # Its turn came in the same moment: what it got goes back.
                self.release(level, waiter.seats)
            else:
                level.abandon(waiter)
                # It may have been too wide for what is free; those behind it need not be.
                self._admit_waiting()
            if isinstance(error, TimeoutError):
                level.rejected += 1
                raise refused() from None
            raise

    def _may_run(self, level: Level, seats: int) -> bool:
        wanted = level.in_use + seats
        if wanted <= level.minimum:
            return True
        if wanted > level.maximum:
            # A request wider than its level still runs, alone.
            return level.in_use == 0 and level.maximum > 0
        own = max(0, level.minimum - level.in_use)
        return seats - own <= self._total - self._in_use - self._reserved

    def _occupy(self, level: Level, seats: int) -> None:
        self._reserved -= max(0, level.minimum - level.in_use)
        level.in_use += seats
        self._reserved += max(0, level.minimum - level.in_use)
        self._in_use += seats
        level.dispatched += 1

    def release(self, level: Level, seats: int) -> None:
        """Take seats back and let in who waits."""
        if level.exempt:
            level.in_use -= seats
            return
        self._reserved -= max(0, level.minimum - level.in_use)
        level.in_use -= seats
        self._reserved += max(0, level.minimum - level.in_use)
        self._in_use -= seats
        self._admit_waiting()

    def _admit_waiting(self) -> None:
        waiting = [level for level in self._levels.values() if level.waiting]
        while waiting:
            waiting.sort(key=lambda level: (level.in_use + 1) / max(level.nominal, 1))
            admitted = False
            for level in waiting:
                waiter = level.next()
                if waiter is None or not (level.exempt or self._may_run(level, waiter.seats)):
                    continue
                level.take(waiter)
                if waiter.turn.done():
                    admitted = True
                    break
                self._occupy(level, waiter.seats)
                waiter.turn.set_result(None)
                admitted = True
                break
            if not admitted:
                return
            waiting = [level for level in waiting if level.waiting]

    def describe(self) -> list[dict[str, Any]]:
        """The levels in numbers, for people and metrics."""
        if self._stale:
            self._rebuild()
        return [
            {
                "name": level.name,
                "exempt": level.exempt,
                "nominalSeats": level.nominal,
                "minimumSeats": level.minimum,
                "maximumSeats": level.maximum,
                "executingSeats": level.in_use,
                "activeQueues": level.active_queues,
                "waitingRequests": level.queued,
                "dispatchedRequests": level.dispatched,
                "rejectedRequests": level.rejected,
            }
            for level in sorted(self._levels.values(), key=lambda level: level.name)
        ]
