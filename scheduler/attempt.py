"""One attempt at one Pod, from the filters to the node chosen; no I/O. The daemon and what-if questions share it."""

from __future__ import annotations

import dataclasses

from scheduler.diagnosis import Diagnosis
from scheduler.evaluate import NoFit
from scheduler.plugin import Code, State, Status
from scheduler.pods.info import PodInfo
from scheduler.profile import Profile


@dataclasses.dataclass(slots=True)
class Outcome:
    """Where the Pod goes, or the diagnosis. `nominate` as in `PostFilterResult`.

    `announced` is the node that was written into the Pod's status before its binding.
    """

    state: State
    node: str = ""
    diagnosis: Diagnosis | None = None
    nominate: str | None = None
    announced: str = ""


def place(profile: Profile, pod: PodInfo) -> Outcome:
    """Choose a node; when none fits, run the PostFilter plugins. Raises PluginError."""
    state = State()
    evaluator = profile.evaluator
    columns = profile.handle.cluster.columns
    try:
        nominated = _nominated_row(profile, state, pod)
        if nominated is not None:
            return Outcome(state, columns.name(nominated))
        ok, kept = evaluator.feasible(state, pod)
        return Outcome(state, columns.name(evaluator.best(state, pod, ok, kept)))
    except NoFit as error:
        outcome = Outcome(state, diagnosis=error.diagnosis)
    post_filter(profile, pod, outcome)
    return outcome


def _nominated_row(profile: Profile, state: State, pod: PodInfo) -> int | None:
    """The row set aside for the Pod, if it fits there now."""
    handle = profile.handle
    name = handle.nominations.node_of(pod.uid) or pod.pod.status.nominated_node_name
    row = handle.cluster.columns.row_of.get(name) if name else None
    if row is None:
        return None
    profile.evaluator.pre_filter(state, pod)
    if state.only is not None and name not in state.only:
        return None
    ahead = [p for p in handle.nominations.on(name) if p.priority >= pod.priority and p.uid != pod.uid]
    if ahead:
        with handle.cluster.changed(row, having=ahead):
            if profile.evaluator.try_row(state, pod, row) is not None:
                return None
    return row if profile.evaluator.try_row(state, pod, row) is None else None


def post_filter(profile: Profile, pod: PodInfo, outcome: Outcome) -> None:
    """Run the PostFilter plugins on an outcome without a node."""
    diagnosis = outcome.diagnosis
    if diagnosis is None or not diagnosis.total:
        return
    messages = []
    for plugin in profile.post_filter:
        result = plugin.post_filter(outcome.state, pod, diagnosis)
        if result.message:
            messages.append(result.message)
        if result.nominate is not None:
            outcome.nominate = result.nominate
        if result.nominate:
            messages.clear()
            break
    diagnosis.post_filter = ", ".join(messages)


def reserve(profile: Profile, state: State, pod: PodInfo, node: str) -> Status | None:
    """Run the Reserve plugins; when one refuses, all give back."""
    for plugin in profile.reserve:
        status = plugin.reserve(state, pod, node)
        if status is not None:
            unreserve(profile, state, pod, node)
            return status._replace(plugin=plugin.name)
    return None


def unreserve(profile: Profile, state: State, pod: PodInfo, node: str) -> None:
    """Have all Reserve plugins give back, the last one first."""
    for plugin in reversed(profile.reserve):
        plugin.unreserve(state, pod, node)


def permit(profile: Profile, state: State, pod: PodInfo, node: str) -> tuple[Status | None, dict[str, float]]:
    """Run the Permit plugins: a refusal, or the plugins that make the Pod wait with their time limits."""
    waits: dict[str, float] = {}
    for plugin in profile.permit:
        status = plugin.permit(state, pod, node)
        if status is None:
            continue
        if status.code is not Code.WAIT:
            return status._replace(plugin=plugin.name), {}
        waits[plugin.name] = min(status.timeout, MAX_WAIT)
    return None, waits


MAX_WAIT = 900.0
"""Nobody waits at Permit for longer."""
