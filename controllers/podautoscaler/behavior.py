"""How fast, and how soon after other wishes, the number of replicas may change."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from minik8s.api.autoscaling_v2 import HorizontalPodAutoscaler, HPAScalingPolicy, HPAScalingRules

_LONGEST_SECONDS = 3600.0


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """The replicas to have, and (reason, message) of the conditions about it; `limited` tells that a limit held."""

    replicas: int
    stabilized: tuple[str, str]
    limit: tuple[str, str]
    limited: bool


def rules_of(owner: HorizontalPodAutoscaler, down_window: float) -> tuple[HPAScalingRules, HPAScalingRules]:
    """(up, down), with what nobody said filled in."""
    behavior = owner.spec.behavior
    up = behavior.scale_up if behavior is not None else None
    down = behavior.scale_down if behavior is not None else None
    up_policies = [
        HPAScalingPolicy(type="Percent", value=100, period_seconds=15),
        HPAScalingPolicy(type="Pods", value=4, period_seconds=15),
    ]
    down_policies = [HPAScalingPolicy(type="Percent", value=100, period_seconds=15)]
    return _filled(up, up_policies, 0), _filled(down, down_policies, int(down_window))


def _filled(rules: HPAScalingRules | None, policies: list[HPAScalingPolicy], window: int) -> HPAScalingRules:
    said = rules or HPAScalingRules()
    return HPAScalingRules(
        select_policy=said.select_policy or "Max",
        policies=said.policies or policies,
        stabilization_window_seconds=window
        if said.stabilization_window_seconds is None
        else said.stabilization_window_seconds,
        tolerance=said.tolerance,
    )


class Memory:
    """What one autoscaler wished for and did, by the monotonic clock."""

    def __init__(self) -> None:
        self._wishes: list[tuple[float, int]] = []
        self._changes: list[tuple[float, int]] = []

    def note_change(self, now: float, difference: int) -> None:
        """The target was scaled by so much."""
        self._changes = [one for one in self._changes if now - one[0] <= _LONGEST_SECONDS]
        self._changes.append((now, difference))

    def settle(
        self,
        now: float,
        current: int,
        wanted: int,
        bounds: tuple[int, int],
        rules: tuple[HPAScalingRules, HPAScalingRules],
    ) -> Outcome:
        """What becomes of a wish under an autoscaler's rules and its (least, most) replicas."""
        up, down = rules
        calm, stabilized = self._stabilize(now, current, wanted, up, down)
        least, most = bounds
        if calm > current:
            limit = max(self._limit(now, current, up, grows=True), current)
            if calm > min(limit, most):
                if most <= limit:
                    why = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
                else:
                    text = "the desired replica count is increasing faster than the maximum scale rate"
                    why = ("ScaleUpLimit", text)
                return Outcome(min(limit, most), stabilized, why, True)
        elif calm < current or calm < least:
            limit = min(self._limit(now, current, down, grows=False), current)
            if calm < max(limit, least):
                if least >= limit:
                    why = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
                else:
                    text = "the desired replica count is decreasing faster than the maximum scale rate"
                    why = ("ScaleDownLimit", text)
                return Outcome(max(limit, least), stabilized, why, True)
        within = ("DesiredWithinRange", "the desired count is within the acceptable range")
        return Outcome(calm, stabilized, within, False)

    def _stabilize(
        self, now: float, current: int, wanted: int, up: HPAScalingRules, down: HPAScalingRules
    ) -> tuple[int, tuple[str, str]]:
        if not self._wishes:
            self._wishes.append((now, current))
        lowest = min([wanted, *self._recent(now, up.stabilization_window_seconds or 0)])
        highest = max([wanted, *self._recent(now, down.stabilization_window_seconds or 0)])
        self._wishes = [one for one in self._wishes if now - one[0] <= _LONGEST_SECONDS] + [(now, wanted)]
        calm = min(max(current, lowest), highest)
        if calm == wanted:
            return calm, ("ReadyForNewScale", "recommended size matches current size")
        if calm > wanted:
            text = "recent recommendations were higher than current one, applying the highest recent recommendation"
            return calm, ("ScaleDownStabilized", text)
        text = "recent recommendations were lower than current one, applying the lowest recent recommendation"
        return calm, ("ScaleUpStabilized", text)

    def _recent(self, now: float, window: int) -> Iterable[int]:
        return (count for when, count in self._wishes if now - when < window)

    def _limit(self, now: float, current: int, rules: HPAScalingRules, grows: bool) -> int:
        if rules.select_policy == "Disabled":
            return current
        limits = []
        for policy in rules.policies:
            changed = sum(by for when, by in self._changes if now - when < policy.period_seconds)
            began, sign = current - changed, 1 if grows else -1
            if policy.type == "Pods":
                limits.append(began + sign * policy.value)
            elif grows:
                limits.append(math.ceil(began * (1 + policy.value / 100)))
            else:
                limits.append(math.floor(began * (1 - policy.value / 100)))
        widest = max if grows else min
        narrowest = min if grows else max
        return narrowest(limits) if rules.select_policy == "Min" else widest(limits)
