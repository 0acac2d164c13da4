"""PodDisruptionBudgets: how many pods may be missing on purpose."""

from __future__ import annotations

from apiserver.registry.conditions import validate_conditions
from apiserver.registry.errors import Errors
from apiserver.registry.int_or_percent import check_at_most_everything, check_int_or_percent
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_label_selector
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.policy_v1 import PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus

_POLICIES = ("AlwaysAllow", "IfHealthyBudget")


def _validate_spec(spec: PodDisruptionBudgetSpec, errors: Errors, *, any_value: bool = False) -> None:
    if spec.min_available is not None and spec.max_unavailable is not None:
        errors.invalid("spec", internal_form(spec), "minAvailable and maxUnavailable cannot be both set")
    for name, value in (("minAvailable", spec.min_available), ("maxUnavailable", spec.max_unavailable)):
        if value is not None:
            check_int_or_percent(value, f"spec.{name}", errors)
            check_at_most_everything(value, f"spec.{name}", errors)
    validate_label_selector(spec.selector, "spec.selector", errors, any_value=any_value)
    policy = spec.unhealthy_pod_eviction_policy
    if policy is not None and policy not in _POLICIES:
        errors.not_supported("spec.unhealthyPodEvictionPolicy", policy, _POLICIES)


class PodDisruptionBudgetStrategy(Strategy[PodDisruptionBudget]):
    """So many pods stay, or so many may go."""

    allow_unconditional_update = False
    short_names = ("pdb",)

    def prepare_for_create(self, obj: PodDisruptionBudget, request: Request) -> None:
        """Nothing counted yet."""
        obj.status = PodDisruptionBudgetStatus()
        obj.metadata.generation = 1

    def validate(self, obj: PodDisruptionBudget, request: Request) -> Errors:
        """One bound, and a selector."""
        errors = Errors()
        _validate_spec(obj.spec, errors)
        return errors

    def prepare_for_update(self, new: PodDisruptionBudget, old: PodDisruptionBudget, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        count_generation(new, old)

    def validate_update(self, new: PodDisruptionBudget, old: PodDisruptionBudget, request: Request) -> Errors:
        """As a new object."""
        before = Errors()
        validate_label_selector(old.spec.selector, "", before)
        errors = Errors()
        _validate_spec(new.spec, errors, any_value=bool(before))
        return errors


class PodDisruptionBudgetStatusStrategy(StatusStrategy[PodDisruptionBudget]):
    """How many pods there are, and how many may go now."""

    def validate_update(self, new: PodDisruptionBudget, old: PodDisruptionBudget, request: Request) -> Errors:
        """Conditions and counts."""
        errors = Errors()
        status = new.status
        validate_conditions(status.conditions, "status.conditions", errors)
        for name, value in (
            ("disruptionsAllowed", status.disruptions_allowed),
            ("currentHealthy", status.current_healthy),
            ("desiredHealthy", status.desired_healthy),
            ("expectedPods", status.expected_pods),
        ):
            errors.not_negative(f"status.{name}", value)
        return errors


STRATEGY = PodDisruptionBudgetStrategy()
STRATEGY.subresources = {"status": PodDisruptionBudgetStatusStrategy()}
