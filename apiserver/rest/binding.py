"""Binding: a pod is put on a node, once."""

from __future__ import annotations

from typing import Any

from apiserver.auth.errors import StatusError, bad_request, conflict, failure, not_found
from apiserver.call import Call
from apiserver.coding import encode
from apiserver.registry.core.bindings import STRATEGY
from apiserver.resources import Resource
from apiserver.rest.answer import answer_success
from apiserver.rest.body import place, read_object
from apiserver.rest.options import manager_of, write_options
from apiserver.rest.ownership import Writer, own_created
from apiserver.rest.unstored import Unstored
from apiserver.rest.write import Writes
from apiserver.storage.store import RevisionConflict
from minik8s.api.core_v1 import Binding, Pod, PodCondition
from minik8s.api.meta_v1 import Status
from minik8s.machinery.field_errors import aggregate

_SCHEDULED = "PodScheduled"
_INVALID = "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, AdditionalErrorMsg: {}"


async def bind(call: Call, *, resource: Resource, writes: Writes) -> None:
    """POST of a Binding, to a pod or to the bindings of a namespace. Raises StatusError."""
    options = write_options(call, "CreateOptions")
    binding = await read_object(call, Binding, "Binding", "v1", options.validation)
    place(binding, call.info.namespace, namespaced=True)
    if not call.info.name:
        # In a collection it counts as a new object, which has no UID yet.
        binding.metadata.uid = ""
    request = writes.request(call, resource)
    writer = Writer(manager_of(call, options.manager), request.now, call.info.subresource)
    own_created(Unstored(Binding, "v1"), binding, writer)
    asked = writes.asked(call, "Binding", binding, dry_run=options.dry_run)
    await writes.admission.mutate(asked)
    binding = asked.obj
    name = call.info.name or binding.metadata.name
    if binding.metadata.name != name:
        raise bad_request("name in URL does not match name in Binding object")
    if errors := STRATEGY.validate(binding, request):
        raise failure(aggregate(errors))
    await writes.admission.validate(asked)
    fresh = False
    while True:
        entry = resource.cache.get(call.info.namespace, name)
        try:
            if entry is None:
                raise not_found("", "pods", name)
            pod = entry.fresh()
            _assign(pod, binding, request.now)
            value = encode(pod, resource.kind, resource.group_version)
            if not options.dry_run:
                await writes.cacher.store.update(resource.key(entry.namespace, name), value, entry.revision)
            break
        except RevisionConflict:
            await writes.cacher.fresh()
            fresh = True
        except StatusError:
            if fresh or not await writes.moved_on(resource, call.info.namespace, name, entry):
                raise
            fresh = True
    await answer_success(call, Status(status="Success", code=201))


def _assign(pod: Pod, binding: Binding, now: str) -> None:
    name = pod.metadata.name
    for what, wanted, found in (
        ("UID", binding.metadata.uid, pod.metadata.uid),
        ("ResourceVersion", binding.metadata.resource_version, pod.metadata.resource_version),
    ):
        if wanted and wanted != found:
            why = f"Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
            key = f"/pods/{pod.metadata.namespace}/{name}"
            raise conflict("", "pods", name, _INVALID.format(key, why))
    if pod.metadata.deletion_timestamp is not None:
        raise _refused(name, f"pod {name} is being deleted, cannot be assigned to a host")
    if pod.spec.node_name:
        raise _refused(name, f'pod {name} is already assigned to node "{pod.spec.node_name}"')
    if pod.spec.scheduling_gates:
        raise _refused(name, f"pod {name} has non-empty .spec.schedulingGates")
    pod.spec.node_name = binding.target.name
    pod.status.nominated_node_name = ""
    pod.metadata.annotations = {**pod.metadata.annotations, **binding.metadata.annotations}
    pod.metadata.labels = {**binding.metadata.labels, **pod.metadata.labels}
    set_condition(pod, PodCondition(type=_SCHEDULED, status="True", last_transition_time=now))


def set_condition(pod: Any, condition: PodCondition) -> None:
    """Put a condition in the place of the one of its type; its time stays when its status does."""
    conditions = list(pod.status.conditions)
    for index, had in enumerate(conditions):
        if had.type == condition.type:
            if had.status == condition.status:
                condition.last_transition_time = had.last_transition_time
            conditions[index] = condition
            break
    else:
        conditions.append(condition)
    pod.status.conditions = conditions


def _refused(name: str, why: str) -> StatusError:
    return conflict("", "pods/binding", name, why)
