"""RuntimeClasses: what runs a pod's containers."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import validate_labels
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.resource_lists import round_up
from apiserver.registry.pod_spec.resources import check_container_name, validate_requirements
from apiserver.registry.pod_spec.tolerations import validate_tolerations
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import ResourceRequirements
from minik8s.api.node_v1 import RuntimeClass, Scheduling


def _validate_scheduling(scheduling: Scheduling, errors: Errors) -> None:
    validate_labels(scheduling.node_selector, "scheduling.nodeSelector", errors)
    validate_tolerations(scheduling.tolerations, "scheduling.tolerations", errors)
    seen = set()
    for index, each in enumerate(scheduling.tolerations):
        key = each.key, each.operator, each.value, each.effect
        if key in seen:
            errors.duplicate(f"scheduling.tolerations[{index}]", internal_form(each))
        seen.add(key)


class RuntimeClassStrategy(Strategy[RuntimeClass]):
    """A handler, what it costs, and where it is to be found."""

    namespaced = False
    allow_create_on_update = True
    allow_unconditional_update = False

    def default(self, obj: RuntimeClass, request: Request) -> None:
        """Amounts of at least a thousandth."""
        if obj.overhead is not None:
            round_up(obj.overhead.pod_fixed)

    def validate(self, obj: RuntimeClass, request: Request) -> Errors:
        """A handler's name, amounts, labels."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=False, qualified_finalizers=False)
        if not obj.handler:
            errors.required("handler")
        else:
            errors.invalid_each("handler", obj.handler, formats.dns_label(obj.handler))
        if obj.overhead is not None:
            wanted = ResourceRequirements(limits=obj.overhead.pod_fixed)
            validate_requirements(wanted, check_container_name, frozenset(), "overhead", errors)
        if obj.scheduling is not None:
            _validate_scheduling(obj.scheduling, errors)
        return errors

    def validate_update(self, new: RuntimeClass, old: RuntimeClass, request: Request) -> Errors:
        """As a new one; the handler stays."""
        errors = self.validate(new, request)
        validate_metadata_update(new.metadata, old.metadata, errors, qualified_finalizers=False)
        errors.immutable("handler", new.handler, old.handler)
        return errors


STRATEGY = RuntimeClassStrategy()
