"""A profile: the plugins that serve the Pods of one `schedulerName`, by extension point."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scheduler import registry
from scheduler.evaluate import Evaluator
from scheduler.handle import Handle
from scheduler.plugin import (
    Bind,
    Filter,
    Permit,
    PostBind,
    PostFilter,
    PreBind,
    PreEnqueue,
    PreFilter,
    PreScore,
    QueueSort,
    Reserve,
    SchedulerPlugin,
    Score,
    Status,
    Wakes,
)
from scheduler.pods.info import PodInfo
from scheduler.queueing.events import Event
from scheduler.settings import Choice, DefaultChoice

POINTS: dict[str, type[Any]] = {
    "preEnqueue": PreEnqueue,
    "queueSort": QueueSort,
    "preFilter": PreFilter,
    "filter": Filter,
    "postFilter": PostFilter,
    "preScore": PreScore,
    "score": Score,
    "reserve": Reserve,
    "permit": Permit,
    "preBind": PreBind,
    "bind": Bind,
    "postBind": PostBind,
}
"""The extension points by their names in a configuration."""


class Profile:
    """Built from a configuration's choice; its plugins share a copy of `handle`. Raises ValueError."""

    def __init__(
        self, name: str, handle: Handle, choice: Choice | None = None, tie_breaker: random.Random | None = None
    ) -> None:
        self.name = name
        self.handle = handle = dataclasses.replace(handle)
        choice = choice or DefaultChoice()
        chosen = choice.plugins(registry.DEFAULT)
        self.plugins: dict[str, SchedulerPlugin] = {}
        on = [plugins for point, plugins in chosen.items() if not point.startswith("-")]
        wanted = dict.fromkeys(name for plugins in on for name, _ in plugins)
        for plugin in wanted:
            factory = registry.factory(plugin)
            if factory is None:
                raise ValueError(f'profile {name!r}: plugin "{plugin}" does not exist')
            try:
                self.plugins[plugin] = factory(choice.args.get(plugin, {}), handle)
            except ValueError as error:
                raise ValueError(f'profile {name!r}: initializing plugin "{plugin}": {error}') from None
        unused = set(choice.args) - set(self.plugins)
        known = {n for n in unused if registry.factory(n) is None}
        if known:
            raise ValueError(f"profile {name!r}: pluginConfig for unknown plugin {', '.join(sorted(known))}")
        self.points = {point: self._at(point, chosen) for point in POINTS}
        self.weights = {plugin.name: weight for plugin, weight in self.points["score"]}
        sorts = self._only("queueSort")
        if len(sorts) != 1:
            raise ValueError(f"profile {name!r}: exactly one queue sort plugin is required, found {len(sorts)}")
        if not self._only("bind"):
            raise ValueError(f"profile {name!r}: at least one bind plugin is needed")
        self.queue_sort: QueueSort = sorts[0]
        self.pre_enqueue: list[PreEnqueue] = self._only("preEnqueue")
        self.post_filter: list[PostFilter] = self._only("postFilter")
        self.reserve: list[Reserve] = self._only("reserve")
        self.permit: list[Permit] = self._only("permit")
        self.pre_bind: list[PreBind] = self._only("preBind")
        self.bind: list[Bind] = self._only("bind")
        self.post_bind: list[PostBind] = self._only("postBind")
        self._wakes: dict[str, Wakes] = {n: p for n, p in self.plugins.items() if isinstance(p, Wakes)}
        self.evaluator = Evaluator(
            handle,
            self._only("preFilter"),
            self._only("filter"),
            self._only("preScore"),
            [(plugin, weight) for plugin, weight in self.points["score"]],  # type: ignore[misc]
            choice.percentage,
            tie_breaker,
        )
        handle.evaluator = self.evaluator

    def gate(self, pod: PodInfo) -> Status | None:
        """Ask the PreEnqueue plugins whether a Pod may be tried."""
        for plugin in self.pre_enqueue:
            status = plugin.pre_enqueue(pod)
            if status is not None:
                return status._replace(plugin=plugin.name)
        return None

    def wakes(self, event: Event, pod: PodInfo, plugin: str) -> bool:
        """Whether a plugin holds the event worth another try of the Pod it rejected."""
        found = self._wakes.get(plugin)
        return found is None or found.wakes(event, pod)

    def _only(self, point: str) -> list[Any]:
        return [plugin for plugin, _ in self.points[point]]

    def _at(self, point: str, chosen: Mapping[str, Sequence[tuple[str, int]]]) -> list[tuple[SchedulerPlugin, int]]:
        """Plugins of a point: those of every point that are named for it again, then the others, then further ones."""
        kind = POINTS[point]
        special = list(chosen.get(point, ()))
        disabled = set(_names(chosen.get(f"-{point}", ())))
        named = set(_names(special))
        everywhere = set(_names(chosen.get("", ())))
        again: list[tuple[SchedulerPlugin, int]] = []
        further: list[tuple[SchedulerPlugin, int]] = []
        for name, weight in special:
            if not isinstance(self.plugins[name], kind):
                raise ValueError(f'plugin "{name}" does not extend {point} plugin')
            (again if name in everywhere else further).append((self.plugins[name], weight or 1))
        general = [
            (self.plugins[name], weight or 1)
            for name, weight in chosen.get("", ())
            if name not in named | disabled and "*" not in disabled and isinstance(self.plugins[name], kind)
        ]
        return [*again, *general, *further]


def _names(plugins: Iterable[tuple[str, int]]) -> list[str]:
    return [name for name, _ in plugins]
