"""Why a Pod goes where it goes: for every node what excluded it, or what each plugin scores it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.evaluate import NoFit, PluginError
from scheduler.plugin import State
from scheduler.pods.info import PodInfo
from scheduler.profile import Profile

if TYPE_CHECKING:
    from aiohttp import web

    from scheduler.scheduler import Scheduler

NOT_ASKED = "node(s) not asked for"


@dataclasses.dataclass(slots=True)
class Explanation:
    """`excluded` names the plugin that excluded a node and its reasons; `scores` each plugin's weighted score."""

    excluded: dict[str, tuple[str, list[str]]] = dataclasses.field(default_factory=dict)
    scores: dict[str, dict[str, int]] = dataclasses.field(default_factory=dict)


def explain(profile: Profile, pod: PodInfo) -> Explanation:
    """Look at every node, change nothing. Raises PluginError."""
    evaluator, columns = profile.evaluator, profile.handle.cluster.columns
    state = State()
    found = Explanation()
    rows = np.flatnonzero(columns.valid)
    try:
        evaluator.pre_filter(state, pod)
    except NoFit as error:
        plugin = next(iter(error.diagnosis.plugins | error.diagnosis.pending), "")
        for row in rows:
            found.excluded[columns.name(int(row))] = (plugin, [error.diagnosis.pre_filter])
        return found
    names = {int(row): columns.name(int(row)) for row in rows}
    if state.only is not None:
        by = ", ".join(sorted(set(state.only_by)))
        found.excluded = {name: (by, [NOT_ASKED]) for name in names.values() if name not in state.only}
    for plugin, rejections in evaluator.filter_rows(state, pod, rows):
        for number, name in names.items():
            reasons = [r.reason for r in rejections if r.mask[number]]
            if reasons and name not in found.excluded:
                found.excluded[name] = (plugin, reasons)
    left = np.array([row for row, name in names.items() if name not in found.excluded], dtype=np.intp)
    if len(left):
        for plugin, numbers in evaluator.by_plugin(state, pod, left).items():
            for row, score in zip(left, numbers, strict=True):
                found.scores.setdefault(names[int(row)], {})[plugin] = int(score)
    return found


class ExplainRoute:
    """`GET /debug/explain/{namespace}/{name}` beside the metrics: why a waiting Pod waits, as JSON."""

    PATH = "/debug/explain/{namespace}/{name}"

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    async def __call__(self, request: web.Request) -> web.Response:
        """404 for a Pod that no profile here waits to place."""
        from aiohttp import web

        key = f"{request.match_info['namespace']}/{request.match_info['name']}"
        queued = next((q for q in self._scheduler.queue.all() if q.info.key == key), None)
        if queued is None:
            return web.Response(status=404, text=f"pod {key} does not wait for a node here\n")
        answer: dict[str, Any] = {
            "pod": key,
            "profile": queued.info.pod.spec.scheduler_name,
            "attempts": queued.attempts,
            "rejectedBy": sorted(queued.plugins | queued.pending),
            "nominatedNode": self._scheduler.handle.nominations.node_of(queued.uid),
        }
        if queued.gated_by:
            return web.json_response(answer | {"gatedBy": queued.gated_by, "message": queued.gate_message})
        try:
            found = explain(self._scheduler.profiles[queued.info.pod.spec.scheduler_name], queued.info)
        except PluginError as error:
            return web.json_response(answer | {"error": str(error)}, status=500)
        excluded = {n: {"plugin": plugin, "reasons": reasons} for n, (plugin, reasons) in found.excluded.items()}
        return web.json_response(answer | {"excluded": excluded, "scores": found.scores})
