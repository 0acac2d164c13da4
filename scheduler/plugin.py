"""What a scheduler plugin is. A plugin has a name and implements the extension points it wants, no others.

Filters and scores are asked about many nodes at once: `rows` are row numbers of `handle.cluster.columns` (or the
slice of all rows) and the answers are arrays over them. A plugin is built once for each profile by its factory,
`factory(args, handle)`; factories of third parties are found through the entry point group
`minik8s.scheduler.plugins` under the plugin's name. README.md tells when which point is called.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from scheduler.arrays import Bools, Ints, RowList, Rows
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import Event

if TYPE_CHECKING:
    from scheduler.handle import Handle

ENTRY_POINTS = "minik8s.scheduler.plugins"
MAX_SCORE = 100


class Code(enum.Enum):
    """How an extension point ended."""

    UNSCHEDULABLE = "Unschedulable"
    """Not now; removing Pods from nodes could help."""
    UNRESOLVABLE = "UnschedulableAndUnresolvable"
    """Not now, and removing Pods would not help."""
    PENDING = "Pending"
    """Not now, something outside is awaited; the Pod comes back without back-off."""
    WAIT = "Wait"
    """Permit only: the Pod waits until the plugin allows or rejects it."""
    SKIP = "Skip"
    """PreFilter, PreScore and Bind: this plugin has nothing to do with this Pod."""
    ERROR = "Error"
    """Something broke; the Pod is tried again."""


class Status(NamedTuple):
    """An ending other than success (which is None), with reasons for people."""

    code: Code
    reasons: tuple[str, ...] = ()
    plugin: str = ""
    timeout: float = 0.0
    """For WAIT: seconds until the Pod is rejected."""

    @property
    def message(self) -> str:
        """The reasons as one text."""
        return ", ".join(self.reasons)


SKIP = Status(Code.SKIP)


def unschedulable(*reasons: str) -> Status:
    """Not now."""
    return Status(Code.UNSCHEDULABLE, reasons)


def unresolvable(*reasons: str) -> Status:
    """Not now, and preemption does not help."""
    return Status(Code.UNRESOLVABLE, reasons)


class Rejection(NamedTuple):
    """Nodes a filter excludes, and why: `mask` is over the rows asked about; `resolvable` if preemption may help."""

    mask: Bools
    reason: str
    resolvable: bool = True


@dataclasses.dataclass(slots=True)
class State:
    """What plugins remember about one Pod during one attempt; a plugin's entry in `data` is under its name."""

    data: dict[str, Any] = dataclasses.field(default_factory=dict)
    pre_filtered: set[str] = dataclasses.field(default_factory=set)
    skip_filter: set[str] = dataclasses.field(default_factory=set)
    skip_score: set[str] = dataclasses.field(default_factory=set)
    prepared: set[str] = dataclasses.field(default_factory=set)
    only: set[str] | None = None
    """The nodes that PreFilter plugins leave; None is all of them."""
    only_by: list[str] = dataclasses.field(default_factory=list)

    def restrict(self, plugin: str, names: Iterable[str]) -> None:
        """For PreFilter: no other nodes than these need to be looked at."""
        self.only = set(names) if self.only is None else self.only & set(names)
        self.only_by.append(plugin)


@runtime_checkable
class SchedulerPlugin(Protocol):
    """Every plugin. Optional attribute `local` (default False): what its filter and score say of a row depends on
    nothing but the Pod's template and that row, so results are kept and renewed for changed rows only.
    """

    @property
    def name(self) -> str:
        """The name that profiles call it by."""
        ...


@runtime_checkable
class PreEnqueue(SchedulerPlugin, Protocol):
    """Decides whether a Pod may be tried at all."""

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        """None, or why the Pod must wait until something about it changes."""
        ...


@runtime_checkable
class QueueSort(SchedulerPlugin, Protocol):
    """Orders Pods that wait; a profile has exactly one, and all profiles the same."""

    def key(self, pod: PodInfo, queued_at: float) -> tuple[Any, ...]:
        """The smaller goes first."""
        ...


@runtime_checkable
class Wakes(SchedulerPlugin, Protocol):
    """Tells after which events a Pod that it rejected is worth another try; without this, after any."""

    def wakes(self, event: Event, pod: PodInfo) -> bool:
        """Whether the event may have made the Pod schedulable."""
        ...


@runtime_checkable
class PreFilter(SchedulerPlugin, Protocol):
    """Looks at the Pod once before nodes are filtered."""

    def pre_filter(self, state: State, pod: PodInfo) -> Status | None:
        """None to go on, SKIP to leave this plugin's filter out, else why the Pod fits nowhere."""
        ...


@runtime_checkable
class Filter(SchedulerPlugin, Protocol):
    """Excludes nodes."""

    def filter(self, state: State, pod: PodInfo, rows: Rows) -> Iterable[Rejection]:
        """The nodes that do not do, by reason; a node may be in several."""
        ...


@runtime_checkable
class PostFilter(SchedulerPlugin, Protocol):
    """Acts when no node fits (preemption)."""

    def post_filter(self, state: State, pod: PodInfo, diagnosis: Any) -> PostFilterResult:
        """What was done; the first plugin that nominates a node ends the round."""
        ...


class PostFilterResult(NamedTuple):
    """`nominate` is a node for the Pod, "" to take its nomination away, None to leave that as it is."""

    nominate: str | None
    message: str = ""


@runtime_checkable
class PreScore(SchedulerPlugin, Protocol):
    """Looks at the nodes left before they are scored."""

    def pre_score(self, state: State, pod: PodInfo, rows: RowList) -> Status | None:
        """None to go on, SKIP to leave this plugin's score out."""
        ...


@runtime_checkable
class Score(SchedulerPlugin, Protocol):
    """Ranks nodes."""

    def score(self, state: State, pod: PodInfo, rows: Rows) -> Ints:
        """A number for each row: 0 to 100, or anything when the plugin normalizes."""
        ...


@runtime_checkable
class Normalize(SchedulerPlugin, Protocol):
    """Brings its own scores of all nodes left into 0 to 100."""

    def normalize(self, state: State, pod: PodInfo, scores: Ints, rows: RowList) -> Ints:
        """The final numbers."""
        ...


@runtime_checkable
class Reserve(SchedulerPlugin, Protocol):
    """Keeps account of what a Pod takes between the choice of its node and its binding."""

    def reserve(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """Take; None when it worked."""
        ...

    def unreserve(self, state: State, pod: PodInfo, node: str) -> None:
        """Give back; called for every plugin, in reverse order, also for those whose `reserve` was not reached."""
        ...


@runtime_checkable
class Permit(SchedulerPlugin, Protocol):
    """Allows, rejects or delays the binding."""

    def permit(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """None to allow, WAIT with a timeout to wait for `handle.waiting`, else why not."""
        ...


@runtime_checkable
class PreBind(SchedulerPlugin, Protocol):
    """Does what must be done before the Pod is bound (provisioning volumes).

    A plugin that often has nothing to do may also have `pre_bind_works(state, pod, node) -> bool`: where no plugin has
    work, the Pod is bound at once and its node is not written into its status before.
    """

    async def pre_bind(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """None when done."""
        ...


@runtime_checkable
class Bind(SchedulerPlugin, Protocol):
    """Binds the Pod."""

    async def bind(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """None when bound, SKIP to leave it to the next plugin."""
        ...


@runtime_checkable
class PostBind(SchedulerPlugin, Protocol):
    """Hears of a Pod that was bound."""

    def post_bind(self, state: State, pod: PodInfo, node: str) -> None:
        """Clean up."""
        ...


Factory = Callable[[Mapping[str, Any], "Handle"], SchedulerPlugin]
"""Builds a plugin from its `pluginConfig` args. Raises ValueError for args that make no sense."""
