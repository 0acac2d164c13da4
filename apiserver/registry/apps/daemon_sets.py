"""DaemonSets."""

from __future__ import annotations

from apiserver.registry.apps.replica_template import (
    MISMATCH,
    changed_template,
    validate_collision_count,
    validate_counts,
    validate_read_only_disks,
    validate_restart,
)
from apiserver.registry.errors import Errors
from apiserver.registry.int_or_percent import amount, check_at_most_everything, check_int_or_percent
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import is_empty, selects, validate_label_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.template import template_rules, validate_template
from apiserver.registry.pod_spec.warnings import template_warnings
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.apps_v1 import (
    DaemonSet,
    DaemonSetSpec,
    DaemonSetStatus,
    DaemonSetUpdateStrategy,
    RollingUpdateDaemonSet,
)

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_STRATEGIES = ("RollingUpdate", "OnDelete")


def _validate_rolling(rolling: RollingUpdateDaemonSet, path: str, errors: Errors) -> None:
    unavailable, surge = rolling.max_unavailable, rolling.max_surge
    check_int_or_percent(unavailable, f"{path}.maxUnavailable", errors)
    check_int_or_percent(surge, f"{path}.maxSurge", errors)
    check_at_most_everything(unavailable, f"{path}.maxUnavailable", errors)
    check_at_most_everything(surge, f"{path}.maxSurge", errors)
    if amount(unavailable) and amount(surge):
        errors.invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero")
    elif not amount(unavailable) and not amount(surge):
        errors.required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def _validate_strategy(strategy: DaemonSetUpdateStrategy, path: str, errors: Errors) -> None:
    if strategy.type == "RollingUpdate":
        if strategy.rolling_update is None:
            errors.required(f"{path}.rollingUpdate")
        else:
            _validate_rolling(strategy.rolling_update, f"{path}.rollingUpdate", errors)
    elif strategy.type != "OnDelete":
        errors.not_supported(path, internal_form(strategy), _STRATEGIES)


def _validate_spec(spec: DaemonSetSpec, old: DaemonSetSpec | None, errors: Errors) -> None:
    before = old.template if old is not None else None
    rules = template_rules(before)
    template, path, selector = spec.template, "spec.template", spec.selector
    validate_label_selector(selector, "spec.selector", errors, any_value=rules.any_label_value_in_selector)
    matched = selects(selector, template.metadata.labels) if selector is not None else False
    if matched is False:
        errors.invalid(f"{path}.metadata.labels", template.metadata.labels or None, MISMATCH)
    if selector is not None and is_empty(selector):
        errors.invalid("spec.selector", selector, "empty selector is invalid for daemonset")
    validate_template(template, path, errors, rules)
    volumes = before.spec.volumes if before is not None else ()
    validate_read_only_disks(template.spec.volumes, volumes, f"{path}.spec.volumes", errors)
    validate_restart(template, errors, kind="DaemonSet")
    errors.not_negative("spec.minReadySeconds", spec.min_ready_seconds)
    _validate_strategy(spec.update_strategy, "spec.updateStrategy", errors)
    if spec.revision_history_limit is not None:
        errors.not_negative("spec.revisionHistoryLimit", spec.revision_history_limit)


def _template_generation(daemon_set: DaemonSet) -> int:
    value = daemon_set.metadata.annotations.get(TEMPLATE_GENERATION, "")
    return int(value) if value.isascii() and value.isdigit() else 0


def _set_template_generation(daemon_set: DaemonSet, generation: int) -> None:
    annotations = {**daemon_set.metadata.annotations, TEMPLATE_GENERATION: str(generation)}
    daemon_set.metadata.annotations = annotations


class DaemonSetStrategy(Strategy[DaemonSet]):
    """One pod on every node."""

    short_names = ("ds",)
    categories = ("all",)

    def default(self, obj: DaemonSet, request: Request) -> None:
        """Replaced node by node; ten old templates kept."""
        spec = obj.spec
        default_pod_spec(spec.template.spec)
        strategy = spec.update_strategy
        strategy.type = strategy.type or "RollingUpdate"
        if strategy.type == "RollingUpdate":
            rolling = strategy.rolling_update = strategy.rolling_update or RollingUpdateDaemonSet()
            rolling.max_unavailable = 1 if rolling.max_unavailable is None else rolling.max_unavailable
            rolling.max_surge = 0 if rolling.max_surge is None else rolling.max_surge
        spec.revision_history_limit = 10 if spec.revision_history_limit is None else spec.revision_history_limit
        # Whoever writes a DaemonSet owns the annotation as well.
        _set_template_generation(obj, _template_generation(obj))

    def prepare_for_create(self, obj: DaemonSet, request: Request) -> None:
        """Nothing runs yet; old controllers read the generation of the template from an annotation."""
        obj.status = DaemonSetStatus()
        drop_disabled_template(obj.spec.template, None)
        obj.metadata.generation = 1
        _set_template_generation(obj, _template_generation(obj) or 1)

    def validate(self, obj: DaemonSet, request: Request) -> Errors:
        """Selector, template and rollout."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_spec(obj.spec, None, errors)
        return errors

    def warnings_on_create(self, obj: DaemonSet) -> list[str]:
        """What is unwise in the template."""
        return template_warnings(obj.spec.template)

    def prepare_for_update(self, new: DaemonSet, old: DaemonSet, request: Request) -> None:
        """The status stays; a changed template counts in both generations."""
        new.status = old.status
        drop_disabled_template(new.spec.template, old.spec.template)
        count_generation(new, old)
        changed = new.spec.template != old.spec.template
        _set_template_generation(new, _template_generation(old) + (1 if changed else 0))

    def validate_update(self, new: DaemonSet, old: DaemonSet, request: Request) -> Errors:
        """As a new object; the selector stays."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        errors.immutable("spec.selector", new.spec.selector, old.spec.selector)
        _validate_spec(new.spec, old.spec, errors)
        return errors

    def warnings_on_update(self, new: DaemonSet, old: DaemonSet) -> list[str]:
        """What is unwise in a changed template."""
        return template_warnings(new.spec.template) if changed_template(new.metadata, old.metadata) else []


class DaemonSetStatusStrategy(StatusStrategy[DaemonSet]):
    """How many nodes have their pod."""

    def prepare_for_update(self, new: DaemonSet, old: DaemonSet, request: Request) -> None:
        """The spec stays, and with it the generation of its template."""
        super().prepare_for_update(new, old, request)
        _set_template_generation(new, _template_generation(old))

    def validate_update(self, new: DaemonSet, old: DaemonSet, request: Request) -> Errors:
        """Counts."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        status = new.status
        validate_counts(
            (
                ("currentNumberScheduled", status.current_number_scheduled),
                ("numberMisscheduled", status.number_misscheduled),
                ("desiredNumberScheduled", status.desired_number_scheduled),
                ("numberReady", status.number_ready),
                ("observedGeneration", status.observed_generation),
                ("updatedNumberScheduled", status.updated_number_scheduled),
                ("numberAvailable", status.number_available),
                ("numberUnavailable", status.number_unavailable),
                ("collisionCount", status.collision_count),
            ),
            errors,
        )
        validate_collision_count(status.collision_count, old.status.collision_count, errors)
        return errors


STRATEGY = DaemonSetStrategy()
STRATEGY.subresources = {"status": DaemonSetStatusStrategy()}
