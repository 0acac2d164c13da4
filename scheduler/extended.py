"""An attempt with extenders: HTTP calls stand between filtering and choosing, so the choice is checked once more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler import attempt
from scheduler.arrays import Bools, Ints
from scheduler.attempt import Outcome
from scheduler.diagnosis import diagnose
from scheduler.evaluate import NoFit, PluginError
from scheduler.extenders import Extender, ExtenderError
from scheduler.plugin import Rejection, State
from scheduler.pods.info import PodInfo
from scheduler.profile import Profile

_TRIES = 3
NAME = "Extender"


async def place(profile: Profile, pod: PodInfo, extenders: Sequence[Extender]) -> Outcome:
    """Choose a node that the plugins and all extenders accept. Raises PluginError."""
    columns = profile.handle.cluster.columns
    for _ in range(_TRIES):
        layout = columns.layout
        state = State()
        try:
            ok, kept = profile.evaluator.feasible(state, pod)
            ok = await _filtered(profile, pod, extenders, ok.copy())
            extra = await _scores(profile, pod, extenders, ok)
        except NoFit as error:
            outcome = Outcome(state, diagnosis=error.diagnosis)
            attempt.post_filter(profile, pod, outcome)
            return outcome
        if columns.layout != layout:
            continue
        row = profile.evaluator.best(state, pod, ok, kept, extra)
        if profile.evaluator.try_row(state, pod, row) is None:
            return Outcome(state, columns.name(row))
    raise PluginError("the cluster changed while extenders were asked")


async def _filtered(profile: Profile, pod: PodInfo, extenders: Sequence[Extender], ok: Bools) -> Bools:
    columns = profile.handle.cluster.columns
    among = ok.copy()
    said: list[Rejection] = []
    for extender in extenders:
        try:
            rejections = await extender.filter(pod, columns, ok)
        except ExtenderError as error:
            if extender.ignorable:
                continue
            raise PluginError(str(error)) from None
        if len(ok) != columns.capacity:
            raise PluginError("the cluster grew while extenders were asked")
        for rejection in rejections:
            ok &= ~rejection.mask
        said += rejections
        if not ok.any():
            raise NoFit(diagnose(columns.count, among, [(NAME, said)], "node(s) were excluded by the plugins", ()))
    return ok


async def _scores(profile: Profile, pod: PodInfo, extenders: Sequence[Extender], ok: Bools) -> Ints:
    columns = profile.handle.cluster.columns
    total: Ints = np.zeros(len(ok), dtype=np.int64)
    if int(np.count_nonzero(ok)) < 2:
        return total
    for extender in extenders:
        found = await extender.scores(pod, columns, ok)
        if found is not None and len(found) == len(total):
            total += found
    return total
