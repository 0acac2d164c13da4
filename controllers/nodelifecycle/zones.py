"""Zones: how many of their nodes work, and so how fast the pods of those that do not may be driven off."""

from __future__ import annotations

import dataclasses

from controllers.options import Options
from minik8s.api.core_v1 import Node
from minik8s.clock import Clock

_REGION, _ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"
NORMAL, PARTIAL, FULL = "Normal", "PartialDisruption", "FullDisruption"
_FEW = 2
"""Up to so many nodes may be missing before a zone counts as partly disrupted."""


def zone_of(node: Node) -> str:
    """Region and zone of a node; "" when it names neither."""
    region, zone = node.metadata.labels.get(_REGION, ""), node.metadata.labels.get(_ZONE, "")
    return f"{region}:\x00:{zone}" if region or zone else ""


@dataclasses.dataclass(slots=True)
class _Bucket:
    rate: float
    tokens: float
    at: float


class Zones:
    """Knows of each node whether it is ready; hands out the permissions to drive off the pods of one node."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options, self._clock = options, clock
        self._nodes: dict[str, tuple[str, bool]] = {}
        self._buckets: dict[str, _Bucket] = {}
        self.states: dict[str, str] = {}

    def note(self, name: str, zone: str, ready: bool) -> bool:
        """A node is (not) ready; tells whether the state of any zone changed with that."""
        self._nodes[name] = (zone, ready)
        return self._assess()

    def forget(self, name: str) -> bool:
        """A node is gone; tells whether the state of any zone changed with that."""
        self._nodes.pop(name, None)
        return self._assess()

    @property
    def all_disrupted(self) -> bool:
        """Whether no node works anywhere: more likely it is we who are cut off."""
        return bool(self.states) and all(state == FULL for state in self.states.values())

    def permission(self, zone: str) -> float | None:
        """0 when the pods of one node may be driven off now, else seconds to wait; None: not in this state."""
        bucket = self._buckets.get(zone)
        if bucket is None or bucket.rate <= 0 or self.all_disrupted:
            return None
        now = self._clock.monotonic()
        bucket.tokens = min(1.0, bucket.tokens + (now - bucket.at) * bucket.rate)
        bucket.at = now
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return 0.0
        return (1.0 - bucket.tokens) / bucket.rate

    def _assess(self) -> bool:
        counts: dict[str, list[int]] = {}
        for zone, ready in self._nodes.values():
            counts.setdefault(zone, [0, 0])[ready] += 1
        states = {zone: self._state(*count) for zone, count in counts.items()}
        if states == self.states:
            return False
        for zone, state in states.items():
            if state != self.states.get(zone):
                self._set_rate(zone, self._rate(state, sum(counts[zone])))
        self.states = states
        return True

    def _state(self, missing: int, ready: int) -> str:
        if ready == 0 and missing > 0:
            return FULL
        if missing > _FEW and missing / (missing + ready) >= self._options.unhealthy_zone_threshold:
            return PARTIAL
        return NORMAL

    def _rate(self, state: str, size: int) -> float:
        if state != PARTIAL:
            return self._options.node_eviction_rate
        large = size > self._options.large_cluster_size_threshold
        return self._options.secondary_node_eviction_rate if large else 0.0

    def _set_rate(self, zone: str, rate: float) -> None:
        now = self._clock.monotonic()
        held = self._buckets.get(zone)
        if held is None:
            self._buckets[zone] = _Bucket(rate, 1.0, now)
        else:
            held.tokens = min(1.0, held.tokens + (now - held.at) * held.rate)
            held.rate, held.at = rate, now
