"""What a Pod's worker holds in its hands."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable

from kubelet.context import NodeContext
from kubelet.pods.observed import Observed
from kubelet.pods.status import Findings
from kubelet.pods.status_writer import StatusWriter
from kubelet.probes.probes import Probes
from kubelet.volumes.types import Mounted
from minik8s.api.core_v1 import Pod


@dataclasses.dataclass(slots=True)
class PodState:
    """One Pod on this node: what is wanted, what is there, what is under way.

    `kills` and `hooks` are tasks by instance; `stale` the containers to be looked at again; `again_at` when (on the
    monotonic clock) the Pod is to be looked at even if nothing happens. `image_volumes` are those whose images are here
    already for the containers that are about to start.
    """

    context: NodeContext
    pod: Pod
    wake: Callable[[], None]
    writer: StatusWriter
    probes: Probes
    observed: Observed = dataclasses.field(default_factory=Observed)
    findings: Findings = dataclasses.field(default_factory=Findings)
    volumes: dict[str, Mounted] | None = None
    volumes_fresh: bool = False
    image_volumes: dict[str, Mounted] = dataclasses.field(default_factory=dict)
    cgroup: str = ""
    stale: set[str] = dataclasses.field(default_factory=set)
    kills: dict[str, asyncio.Task[None]] = dataclasses.field(default_factory=dict)
    hooks: dict[str, asyncio.Task[None]] = dataclasses.field(default_factory=dict)
    told: set[str] = dataclasses.field(default_factory=set)
    again_at: float | None = None
    failures: int = 0

    def look_again(self, seconds: float) -> None:
        """Sync again after so many seconds at the latest."""
        due = self.context.clock.monotonic() + seconds
        if self.again_at is None or due < self.again_at:
            self.again_at = due

    def event(self, type: str, reason: str, message: str, container: str = "") -> None:
        """Record an event about the Pod."""
        self.context.event(self.pod, type, reason, message, container)

    def event_once(self, type: str, reason: str, message: str, container: str = "", key: str = "") -> None:
        """Record an event that is not repeated while `key` (or the message) stays the same."""
        mark = f"{container}/{reason}/{key or message}"
        if mark not in self.told:
            self.told.add(mark)
            self.event(type, reason, message, container)

    @property
    def address(self) -> str:
        """Where the Pod's servers are asked."""
        return self.findings.ips[0] if self.findings.ips else ""
