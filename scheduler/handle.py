"""What plugins get to work with."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minik8s.clock import Clock, SystemClock
from scheduler.listers import Listers
from scheduler.nominations import Nominations
from scheduler.state.cluster import Cluster
from scheduler.waiting import WaitingPods

if TYPE_CHECKING:
    from minik8s.client.api import ApiClient
    from scheduler.evaluate import Evaluator


def _no_event(obj: Any, type: str, reason: str, message: str, action: str = "", related: Any = None) -> None:
    return


@dataclasses.dataclass(slots=True)
class Handle:
    """The cluster, what else is in the API (`listers`), a client to write with (None in a what-if), and events."""

    cluster: Cluster
    listers: Listers = dataclasses.field(default_factory=Listers)
    nominations: Nominations = dataclasses.field(default_factory=Nominations)
    waiting: WaitingPods = dataclasses.field(default_factory=WaitingPods)
    clock: Clock = dataclasses.field(default_factory=SystemClock)
    client: ApiClient | None = None
    event: Callable[..., None] = _no_event
    run: Callable[[Any, str], None] | None = None
    """Start a coroutine that lives on by itself; None where nothing may be written."""
    activate: Callable[[str], None] | None = None
    """Have a waiting Pod (by key) tried again soon."""
    release: Callable[[str], None] | None = None
    """Ask the PreEnqueue plugins again about a Pod (by key) that one of them holds."""
    ignored_resources: frozenset[str] = frozenset()
    """Resources that extenders manage and NodeResourcesFit leaves to them."""
    devices_ready: Callable[[], bool] = lambda: True
    """Whether claims and devices are read; that begins with the first Pod that asks for any."""
    evaluator: Evaluator | None = None
    """The filters and scores of the profile the plugin belongs to; set when the profile is complete."""
