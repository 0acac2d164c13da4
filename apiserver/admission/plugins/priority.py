"""Priority: a pod's priority is the number its priority class stands for."""

from __future__ import annotations

from apiserver.admission.plugin import PODS, AdmissionRequest, Operation, Plugin
from minik8s.api.core_v1 import Pod
from minik8s.api.scheduling_v1 import PriorityClass

_CLASSES = ("scheduling.k8s.io", "priorityclasses", "")
_PREEMPTING = PriorityClass(preemption_policy="PreemptLowerPriority")


class Priority(Plugin):
    """Resolves priority classes; keeps the default class unique."""

    NAME = "Priority"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)
    RESOURCES = (PODS, _CLASSES)

    async def mutate(self, request: AdmissionRequest) -> None:
        """Fill in a pod's priority and preemption policy. Raises StatusError (403)."""
        if request.resource != "pods":
            return
        pod: Pod = request.obj
        if request.operation is Operation.UPDATE:
            # What was filled in once need not be sent again.
            if pod.spec.priority is None:
                pod.spec.priority = request.old.spec.priority
            if pod.spec.preemption_policy is None:
                pod.spec.preemption_policy = request.old.spec.preemption_policy
            return
        found = self._class(request, pod.spec.priority_class_name)
        pod.spec.priority_class_name = found.metadata.name
        if pod.spec.priority is not None and pod.spec.priority != found.value:
            raise request.forbidden(
                f"the integer value of priority ({pod.spec.priority}) must not be provided in pod spec; priority "
                f"admission controller computed {found.value} from the given PriorityClass name"
            )
        pod.spec.priority = found.value
        policy = found.preemption_policy
        if policy is None:
            return
        if pod.spec.preemption_policy is not None and pod.spec.preemption_policy != policy:
            raise request.forbidden(
                f"the string value of PreemptionPolicy ({pod.spec.preemption_policy}) must not be provided in pod "
                f"spec; priority admission controller computed {policy} from the given PriorityClass name"
            )
        pod.spec.preemption_policy = policy

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403) for a second default class."""
        if request.resource != "priorityclasses" or not request.obj.global_default:
            return
        default = self._default()
        if default is None:
            return
        if request.operation is Operation.CREATE or default.metadata.name != request.obj.metadata.name:
            raise request.forbidden(
                f"PriorityClass {default.metadata.name} is already marked as default. Only one default can exist"
            )

    def _class(self, request: AdmissionRequest, name: str) -> PriorityClass:
        if not name:
            return self._default() or _PREEMPTING
        found = self.context.reader.get(PriorityClass, name)
        if found is None:
            raise request.forbidden(f"no PriorityClass with name {name} was found")
        return found

    def _default(self) -> PriorityClass | None:
        defaults = [found for found in self.context.reader.list(PriorityClass) if found.global_default]
        return min(defaults, key=lambda found: found.value, default=None)
