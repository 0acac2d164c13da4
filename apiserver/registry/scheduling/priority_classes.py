"""PriorityClasses: who goes first."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.scheduling_v1 import PriorityClass

_PREFIX = "system-"
_HIGHEST = 1_000_000_000
_SYSTEM = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
_POLICIES = ("PreemptLowerPriority", "Never")


def _system_problem(obj: PriorityClass) -> str:
    name = obj.metadata.name
    value = _SYSTEM.get(name)
    if value is None:
        return f"{name} is not a known system priority class"
    if obj.value != value:
        return f"value of {name} PriorityClass must be {value}"
    return f"globalDefault of {name} PriorityClass must be false" if obj.global_default else ""


class PriorityClassStrategy(Strategy[PriorityClass]):
    """A number under a name."""

    namespaced = False
    short_names = ("pc",)

    def default(self, obj: PriorityClass, request: Request) -> None:
        """Pods of the class may push others out."""
        if obj.preemption_policy is None:
            obj.preemption_policy = "PreemptLowerPriority"

    def prepare_for_create(self, obj: PriorityClass, request: Request) -> None:
        """The first generation."""
        obj.metadata.generation = 1

    def validate(self, obj: PriorityClass, request: Request) -> Errors:
        """The highest numbers and the system's names are the system's."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False)
        if obj.metadata.name.startswith(_PREFIX):
            if problem := _system_problem(obj):
                errors.forbidden(
                    "metadata.name",
                    f"priority class names with '{_PREFIX}' prefix are reserved for system use only. error: {problem}",
                )
        elif obj.value > _HIGHEST:
            errors.forbidden("value", f"maximum allowed value of a user defined priority is {_HIGHEST}")
        if obj.preemption_policy == "":
            errors.required("preemptionPolicy")
        elif obj.preemption_policy is not None and obj.preemption_policy not in _POLICIES:
            errors.not_supported("preemptionPolicy", obj.preemption_policy, _POLICIES)
        return errors

    def validate_update(self, new: PriorityClass, old: PriorityClass, request: Request) -> Errors:
        """The number stays: pods hold it already."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        if new.value != old.value:
            errors.forbidden("value", "may not be changed in an update.")
        errors.immutable("preemptionPolicy", new.preemption_policy, old.preemption_policy)
        return errors


STRATEGY = PriorityClassStrategy()
