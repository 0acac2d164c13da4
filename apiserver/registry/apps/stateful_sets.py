"""StatefulSets."""

from __future__ import annotations

import msgspec

from apiserver.registry import formats
from apiserver.registry.apps.replica_template import (
    changed_template,
    validate_collision_count,
    validate_counts,
    validate_not_above,
    validate_restart,
    validate_selector,
)
from apiserver.registry.apps.stateful_set_pods import pods_of
from apiserver.registry.claim_spec import validate_claim_spec
from apiserver.registry.errors import Errors
from apiserver.registry.int_or_percent import amount, check_at_most_everything, check_int_or_percent
from apiserver.registry.internal_form import internal_form
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.template import template_rules, validate_template, validate_template_metadata
from apiserver.registry.pod_spec.volume_defaults import default_claim_spec
from apiserver.registry.pod_spec.warnings import claim_spec_warnings, template_warnings
from apiserver.registry.strategy import Request, ScalePaths, StatusStrategy, Strategy, count_generation
from minik8s.api.apps_v1 import (
    RollingUpdateStatefulSetStrategy,
    StatefulSet,
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    StatefulSetSpec,
    StatefulSetStatus,
    StatefulSetUpdateStrategy,
)

_RETENTION = ("Retain", "Delete")
_MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "update_strategy",
    "revision_history_limit",
    "persistent_volume_claim_retention_policy",
    "min_ready_seconds",
)
_IMMUTABLE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_HISTORY = "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"


def _validate_strategy(strategy: StatefulSetUpdateStrategy, path: str, errors: Errors) -> None:
    rolling = strategy.rolling_update
    match strategy.type:
        case "":
            errors.required(path)
        case "OnDelete":
            if rolling is not None:
                quoted = internal_form(rolling)
                errors.invalid(f"{path}.rollingUpdate", quoted, "only allowed for updateStrategy 'RollingUpdate'")
        case "RollingUpdate":
            if rolling is not None:
                errors.not_negative(f"{path}.rollingUpdate.partition", rolling.partition or 0)
                if rolling.max_unavailable is not None:
                    here = f"{path}.rollingUpdate.maxUnavailable"
                    check_int_or_percent(rolling.max_unavailable, here, errors)
                    if amount(rolling.max_unavailable) == 0:
                        errors.invalid(here, rolling.max_unavailable, "cannot be 0")
                    check_at_most_everything(rolling.max_unavailable, here, errors)
        case _:
            errors.invalid(path, internal_form(strategy), "must be 'RollingUpdate' or 'OnDelete'")


def _drop_max_unavailable(new: StatefulSetUpdateStrategy, old: StatefulSetUpdateStrategy | None) -> None:
    """Several pods at once are replaced by a feature that is not served; what is stored already stays."""
    before = old.rolling_update if old is not None else None
    if new.rolling_update is not None and (before is None or before.max_unavailable is None):
        new.rolling_update.max_unavailable = None


def _validate_retention(
    policy: StatefulSetPersistentVolumeClaimRetentionPolicy | None, path: str, errors: Errors
) -> None:
    if policy is None:
        return
    for name, value in (("whenDeleted", policy.when_deleted), ("whenScaled", policy.when_scaled)):
        if value not in _RETENTION:
            errors.not_supported(f"{path}.{name}", value, _RETENTION)


def _validate_spec(spec: StatefulSetSpec, old: StatefulSetSpec | None, errors: Errors) -> None:
    if not spec.pod_management_policy:
        errors.required("spec.podManagementPolicy")
    elif spec.pod_management_policy not in ("OrderedReady", "Parallel"):
        errors.invalid("spec.podManagementPolicy", spec.pod_management_policy, "must be 'OrderedReady' or 'Parallel'")
    _validate_strategy(spec.update_strategy, "spec.updateStrategy", errors)
    path = "spec.persistentVolumeClaimRetentionPolicy"
    _validate_retention(spec.persistent_volume_claim_retention_policy, path, errors)
    errors.not_negative("spec.replicas", spec.replicas or 0)
    errors.not_negative("spec.minReadySeconds", spec.min_ready_seconds)
    if spec.ordinals is not None:
        errors.not_negative("spec.ordinals.start", spec.ordinals.start)
    if old is None and spec.service_name:
        errors.invalid_each("spec.serviceName", spec.service_name, formats.dns_label(spec.service_name))
    rules = template_rules(old.template if old is not None else None)
    if not validate_selector(spec.selector, spec.template, errors, rules, kind="statefulset"):
        errors.invalid("spec.selector", spec.selector, "")
    else:
        _validate_pods(spec, old, errors)
    validate_restart(spec.template, errors, kind="StatefulSet")
    if old is None:
        for index, claim in enumerate(spec.volume_claim_templates):
            validate_claim_spec(claim.spec, f"spec.volumeClaimTemplates[{index}].spec", errors)


def _validate_pods(spec: StatefulSetSpec, old: StatefulSetSpec | None, errors: Errors) -> None:
    """The template, as its pods will be; one that was bad before may stay as it was."""
    path, template = "spec.template", pods_of(spec)
    rules = template_rules(old.template if old is not None else None)
    before = Errors()
    if old is not None:
        validate_template(pods_of(old), "", before, rules)
    if not before:
        validate_template(template, path, errors, rules)
    validate_template_metadata(template, path, errors, rules)


class StatefulSetStrategy(Strategy[StatefulSet]):
    """Pods with names and claims of their own, one after the other."""

    short_names = ("sts",)
    categories = ("all",)
    scale = ScalePaths()

    def default(self, obj: StatefulSet, request: Request) -> None:
        """One pod, in order, replaced from the last to the first; claims outlive their pods."""
        spec = obj.spec
        default_pod_spec(spec.template.spec)
        for claim in spec.volume_claim_templates:
            claim.api_version, claim.kind = "v1", "PersistentVolumeClaim"
            claim.status.phase = claim.status.phase or "Pending"
            default_claim_spec(claim.spec)
        spec.pod_management_policy = spec.pod_management_policy or "OrderedReady"
        strategy = spec.update_strategy
        if not strategy.type:
            strategy.type = "RollingUpdate"
            strategy.rolling_update = strategy.rolling_update or RollingUpdateStatefulSetStrategy(partition=0)
        if strategy.type == "RollingUpdate" and strategy.rolling_update is not None:
            if strategy.rolling_update.partition is None:
                strategy.rolling_update.partition = 0
        policy = spec.persistent_volume_claim_retention_policy
        if policy is None:
            policy = spec.persistent_volume_claim_retention_policy = StatefulSetPersistentVolumeClaimRetentionPolicy()
        policy.when_deleted = policy.when_deleted or "Retain"
        policy.when_scaled = policy.when_scaled or "Retain"
        spec.replicas = 1 if spec.replicas is None else spec.replicas
        spec.revision_history_limit = 10 if spec.revision_history_limit is None else spec.revision_history_limit

    def prepare_for_create(self, obj: StatefulSet, request: Request) -> None:
        """Nothing runs yet."""
        obj.status = StatefulSetStatus()
        drop_disabled_template(obj.spec.template, None)
        _drop_max_unavailable(obj.spec.update_strategy, None)
        obj.metadata.generation = 1

    def validate(self, obj: StatefulSet, request: Request) -> Errors:
        """Selector, template, order and rollout; the name is part of host names."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True, name=formats.dns_label)
        _validate_spec(obj.spec, None, errors)
        return errors

    def warnings_on_create(self, obj: StatefulSet) -> list[str]:
        """What is unwise in the template and the claims."""
        found = template_warnings(obj.spec.template)
        for index, claim in enumerate(obj.spec.volume_claim_templates):
            found += claim_spec_warnings(claim.spec, f"spec.volumeClaimTemplates[{index}]")
        if (obj.spec.revision_history_limit or 0) < 0:
            found.append(_HISTORY)
        return found

    def prepare_for_update(self, new: StatefulSet, old: StatefulSet, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        drop_disabled_template(new.spec.template, old.spec.template)
        _drop_max_unavailable(new.spec.update_strategy, old.spec.update_strategy)
        count_generation(new, old)

    def validate_update(self, new: StatefulSet, old: StatefulSet, request: Request) -> Errors:
        """As a new object; little of the spec may change."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, old.spec, errors)
        mine = msgspec.structs.replace(new.spec, **{name: getattr(old.spec, name) for name in _MUTABLE})
        if mine != old.spec:
            errors.forbidden("spec", _IMMUTABLE)
        return errors

    def warnings_on_update(self, new: StatefulSet, old: StatefulSet) -> list[str]:
        """What is unwise in a changed template and the claims."""
        found = template_warnings(new.spec.template) if changed_template(new.metadata, old.metadata) else []
        for index, claim in enumerate(new.spec.volume_claim_templates):
            found += claim_spec_warnings(claim.spec, f"spec.volumeClaimTemplates[{index}].spec")
        if (new.spec.revision_history_limit or 0) < 0:
            found.append(_HISTORY)
        return found


class StatefulSetStatusStrategy(StatusStrategy[StatefulSet]):
    """How many pods there are, and of which revision."""

    def validate_update(self, new: StatefulSet, old: StatefulSet, request: Request) -> Errors:
        """Counts that fit each other."""
        errors = Errors()
        status = new.status
        parts = (
            ("readyReplicas", status.ready_replicas),
            ("currentReplicas", status.current_replicas),
            ("updatedReplicas", status.updated_replicas),
            ("availableReplicas", status.available_replicas),
        )
        validate_counts(
            (
                ("replicas", status.replicas),
                *parts,
                ("observedGeneration", status.observed_generation),
                ("collisionCount", status.collision_count),
            ),
            errors,
        )
        validate_not_above(parts, status.replicas, errors)
        if status.available_replicas > status.ready_replicas:
            errors.invalid(
                "status.availableReplicas", status.available_replicas, "cannot be greater than status.readyReplicas"
            )
        validate_metadata_update(new.metadata, old.metadata, errors)
        validate_collision_count(status.collision_count, old.status.collision_count, errors)
        return errors


STRATEGY = StatefulSetStrategy()
STRATEGY.subresources = {"status": StatefulSetStatusStrategy()}
