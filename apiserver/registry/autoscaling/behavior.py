"""How fast an autoscaler may scale: the rules for up and down."""

from __future__ import annotations

from apiserver.registry.errors import NOT_NEGATIVE, NOT_POSITIVE, Errors
from minik8s.api.autoscaling_v2 import HorizontalPodAutoscalerBehavior, HPAScalingPolicy, HPAScalingRules
from minik8s.machinery import quantity

_SELECT = ("Disabled", "Max", "Min")
_KINDS = ("Percent", "Pods")
_WINDOW_MAX = 3600
_PERIOD_MAX = 1800
_PERIOD = 15


def default_behavior(behavior: HorizontalPodAutoscalerBehavior) -> None:
    """Up by four pods or by as many as there are, down to none, every 15 seconds."""
    up = behavior.scale_up = behavior.scale_up or HPAScalingRules()
    if up.stabilization_window_seconds is None:
        up.stabilization_window_seconds = 0
    everything = HPAScalingPolicy(type="Percent", value=100, period_seconds=_PERIOD)
    if not up.policies:
        up.policies = [HPAScalingPolicy(type="Pods", value=4, period_seconds=_PERIOD), everything]
    down = behavior.scale_down = behavior.scale_down or HPAScalingRules()
    if not down.policies:
        down.policies = [everything]
    for rules in (up, down):
        rules.select_policy = "Max" if rules.select_policy is None else rules.select_policy


def _validate_policy(policy: HPAScalingPolicy, path: str, errors: Errors) -> None:
    if policy.type not in _KINDS:
        errors.not_supported(f"{path}.type", policy.type, _KINDS)
    if policy.value <= 0:
        errors.invalid(f"{path}.value", policy.value, NOT_POSITIVE)
    if policy.period_seconds <= 0:
        errors.invalid(f"{path}.periodSeconds", policy.period_seconds, NOT_POSITIVE)
    if policy.period_seconds > _PERIOD_MAX:
        errors.invalid(f"{path}.periodSeconds", policy.period_seconds, f"must be less than or equal to {_PERIOD_MAX}")


def _validate_rules(rules: HPAScalingRules, path: str, errors: Errors) -> None:
    window = rules.stabilization_window_seconds
    here = f"{path}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        errors.invalid(here, window, "must be greater than or equal to zero")
    if window is not None and window > _WINDOW_MAX:
        errors.invalid(here, window, f"must be less than or equal to {_WINDOW_MAX}")
    if rules.select_policy is not None and rules.select_policy not in _SELECT:
        errors.not_supported(f"{path}.selectPolicy", rules.select_policy, _SELECT)
    if not rules.policies:
        errors.required(f"{path}.policies", "must specify at least one Policy")
    for index, policy in enumerate(rules.policies):
        _validate_policy(policy, f"{path}.policies[{index}]", errors)
    if rules.tolerance is not None and quantity.parse(rules.tolerance) < 0:
        errors.invalid(f"{path}.tolerance", rules.tolerance, NOT_NEGATIVE)


def validate_behavior(behavior: HorizontalPodAutoscalerBehavior, path: str, errors: Errors) -> None:
    """Rules within bounds."""
    for name, rules in (("scaleUp", behavior.scale_up), ("scaleDown", behavior.scale_down)):
        if rules is not None:
            _validate_rules(rules, f"{path}.{name}", errors)
