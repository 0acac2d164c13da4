"""HorizontalPodAutoscalers, in both versions of the group: v1 is checked by what it means in v2."""

from __future__ import annotations

from apiserver.registry.autoscaling.behavior import default_behavior, validate_behavior
from apiserver.registry.autoscaling.conversion import METRICS, cpu_metric, to_v1, to_v2
from apiserver.registry.autoscaling.metric_sources import validate_metrics, validate_reference
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, StatusStrategy, Strategy
from minik8s.api import autoscaling_v1 as v1
from minik8s.api import autoscaling_v2 as v2

_DEFAULT_UTILIZATION = 80


def _api_version_problem(reference: v2.CrossVersionObjectReference) -> str:
    group, slash, version = reference.api_version.partition("/")
    if "/" in version:
        return f"unexpected GroupVersion string: {reference.api_version}"
    if not slash:
        group = ""
    if not group and reference.kind != "ReplicationController":
        return "apiVersion must specify API group"
    return ""


def _validate_spec(
    spec: v2.HorizontalPodAutoscalerSpec, old: v2.HorizontalPodAutoscalerSpec | None, errors: Errors
) -> None:
    low, high = spec.min_replicas, spec.max_replicas
    lowest = 0 if old is not None and old.min_replicas == 0 else 1
    if low is not None and low < lowest:
        errors.invalid("spec.minReplicas", low, f"must be greater than or equal to {lowest}")
    if high == 0:
        errors.required("spec.maxReplicas", "must be set and greater than 0")
    elif high < 0:
        errors.invalid("spec.maxReplicas", high, "must be greater than or equal to 1")
    if low is not None and high < low:
        errors.invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")
    path, reference = "spec.scaleTargetRef", spec.scale_target_ref
    validate_reference(reference, path, errors)
    problem = _api_version_problem(reference)
    if problem and (old is None or not _api_version_problem(old.scale_target_ref)):
        errors.invalid(f"{path}.apiVersion", reference.api_version, problem)
    validate_metrics(spec.metrics, low, errors)
    if spec.behavior is not None:
        validate_behavior(spec.behavior, "spec.behavior", errors)


def _validate_new(obj: v2.HorizontalPodAutoscaler) -> Errors:
    errors = Errors()
    validate_metadata(obj.metadata, errors, namespaced=True)
    _validate_spec(obj.spec, None, errors)
    return errors


def _validate_change(new: v2.HorizontalPodAutoscaler, old: v2.HorizontalPodAutoscaler) -> Errors:
    errors = Errors()
    validate_metadata_update(new.metadata, old.metadata, errors)
    _validate_spec(new.spec, old.spec, errors)
    return errors


def _validate_status(new: v2.HorizontalPodAutoscaler, old: v2.HorizontalPodAutoscaler) -> Errors:
    errors = Errors()
    validate_metadata_update(new.metadata, old.metadata, errors)
    errors.not_negative("status.currentReplicas", new.status.current_replicas)
    errors.not_negative("status.desiredReplicas", new.status.desired_replicas)
    return errors


class HorizontalPodAutoscalerStrategy(Strategy[v2.HorizontalPodAutoscaler]):
    """As many pods as the load asks for."""

    short_names = ("hpa",)
    categories = ("all",)

    def default(self, obj: v2.HorizontalPodAutoscaler, request: Request) -> None:
        """At least one pod; four fifths of the processor time asked for."""
        if obj.spec.min_replicas is None:
            obj.spec.min_replicas = 1
        if not obj.spec.metrics:
            obj.spec.metrics = [cpu_metric()]
        if obj.spec.behavior is not None:
            default_behavior(obj.spec.behavior)

    def prepare_for_create(self, obj: v2.HorizontalPodAutoscaler, request: Request) -> None:
        """Nothing measured yet."""
        obj.status = v2.HorizontalPodAutoscalerStatus()

    def validate(self, obj: v2.HorizontalPodAutoscaler, request: Request) -> Errors:
        """Bounds, target, metrics and behavior."""
        return _validate_new(obj)

    def prepare_for_update(
        self, new: v2.HorizontalPodAutoscaler, old: v2.HorizontalPodAutoscaler, request: Request
    ) -> None:
        """The status stays."""
        new.status = old.status

    def validate_update(
        self, new: v2.HorizontalPodAutoscaler, old: v2.HorizontalPodAutoscaler, request: Request
    ) -> Errors:
        """As a new object."""
        return _validate_change(new, old)


class HorizontalPodAutoscalerStatusStrategy(StatusStrategy[v2.HorizontalPodAutoscaler]):
    """What was measured, and decided."""

    def validate_update(
        self, new: v2.HorizontalPodAutoscaler, old: v2.HorizontalPodAutoscaler, request: Request
    ) -> Errors:
        """Counts."""
        return _validate_status(new, old)


def _settle(obj: v1.HorizontalPodAutoscaler, meant: v2.HorizontalPodAutoscaler) -> None:
    """Have the older form say what is meant, and say it as the server does."""
    older = to_v1(meant)
    obj.metadata.annotations = older.metadata.annotations
    obj.spec, obj.status = older.spec, older.status


class HorizontalPodAutoscalerV1Strategy(Strategy[v1.HorizontalPodAutoscaler]):
    """The older version."""

    short_names = ("hpa",)
    categories = ("all",)

    def default(self, obj: v1.HorizontalPodAutoscaler, request: Request) -> None:
        """At least one pod; four fifths of the processor time, if an annotation names nothing else."""
        if obj.spec.min_replicas is None:
            obj.spec.min_replicas = 1
        if obj.spec.target_cpu_utilization_percentage is None and METRICS not in obj.metadata.annotations:
            obj.spec.target_cpu_utilization_percentage = _DEFAULT_UTILIZATION

    def prepare_for_create(self, obj: v1.HorizontalPodAutoscaler, request: Request) -> None:
        """Nothing measured yet, whatever annotations say."""
        newer = to_v2(obj)
        newer.status = v2.HorizontalPodAutoscalerStatus()
        _settle(obj, newer)

    def validate(self, obj: v1.HorizontalPodAutoscaler, request: Request) -> Errors:
        """As in v2."""
        return _validate_new(to_v2(obj))

    def prepare_for_update(
        self, new: v1.HorizontalPodAutoscaler, old: v1.HorizontalPodAutoscaler, request: Request
    ) -> None:
        """The status stays, with what of it is in annotations."""
        newer = to_v2(new)
        newer.status = to_v2(old).status
        _settle(new, newer)

    def validate_update(
        self, new: v1.HorizontalPodAutoscaler, old: v1.HorizontalPodAutoscaler, request: Request
    ) -> Errors:
        """As in v2."""
        return _validate_change(to_v2(new), to_v2(old))


class HorizontalPodAutoscalerV1StatusStrategy(StatusStrategy[v1.HorizontalPodAutoscaler]):
    """What was measured, in the older version."""

    def prepare_for_update(
        self, new: v1.HorizontalPodAutoscaler, old: v1.HorizontalPodAutoscaler, request: Request
    ) -> None:
        """All but the status stays; annotations say what of it the version has no fields for."""
        newer = to_v2(new)
        STRATEGY.subresources["status"].prepare_for_update(newer, to_v2(old), request)
        _settle(new, newer)

    def validate_update(
        self, new: v1.HorizontalPodAutoscaler, old: v1.HorizontalPodAutoscaler, request: Request
    ) -> Errors:
        """Counts."""
        return _validate_status(to_v2(new), to_v2(old))


STRATEGY = HorizontalPodAutoscalerStrategy()
STRATEGY.subresources = {"status": HorizontalPodAutoscalerStatusStrategy()}
STRATEGY_V1 = HorizontalPodAutoscalerV1Strategy()
STRATEGY_V1.subresources = {"status": HorizontalPodAutoscalerV1StatusStrategy()}
