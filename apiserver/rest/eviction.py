"""Eviction: a pod is deleted if its disruption budget can bear it."""

from __future__ import annotations

import msgspec

from apiserver.auth.errors import StatusError, bad_request, forbidden, not_found, too_many_requests
from apiserver.call import Call
from apiserver.coding import encode
from apiserver.resources import Resource
from apiserver.rest.answer import answer_success
from apiserver.rest.binding import set_condition
from apiserver.rest.body import place, read_object
from apiserver.rest.delete import delete_named
from apiserver.rest.delete_options import check_delete_options
from apiserver.rest.options import manager_of, write_options
from apiserver.rest.ownership import Writer, own_created
from apiserver.rest.unstored import Unstored
from apiserver.rest.write import Writes
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from minik8s.api.core_v1 import Pod, PodCondition
from minik8s.api.meta_v1 import Condition, DeleteOptions, Preconditions, Status, StatusCause
from minik8s.api.policy_v1 import Eviction, PodDisruptionBudget
from minik8s.machinery.selectors import from_label_selector
from minik8s.machinery.times import format_time

_FORMER = "policy/v1beta1"  # what older drains still send
_MOST_DISRUPTED = 2000
_ATTEMPTS = 20
_VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget."
_SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_UNGUARDED = ("Succeeded", "Failed", "Pending")


async def evict(call: Call, *, pods: Resource, budgets: Resource, writes: Writes) -> None:
    """POST of an Eviction to a pod. Raises StatusError (429 when the budget is spent)."""
    write = write_options(call, "CreateOptions")
    eviction = await read_object(call, Eviction, "Eviction", "policy/v1", write.validation, also=_FORMER)
    place(eviction, call.info.namespace, namespaced=True)
    namespace, name = call.info.namespace, call.info.name
    now = format_time(writes.cacher.clock.now())
    writer = Writer(manager_of(call, write.manager), now, call.info.subresource)
    own_created(Unstored(Eviction, "policy/v1"), eviction, writer)
    asked = writes.asked(call, "Eviction", eviction, dry_run=write.dry_run)
    await writes.admission.mutate(asked)
    eviction = asked.obj
    if eviction.metadata.name != name:
        raise bad_request("name in URL does not match name in Eviction object")
    if write.dry_run and eviction.delete_options is not None:
        eviction.delete_options = msgspec.structs.replace(eviction.delete_options, dry_run=["All"])
    options = eviction.delete_options or DeleteOptions(dry_run=["All"] if write.dry_run else [])
    check_delete_options(options)
    await writes.admission.validate(asked)
    await writes.cacher.fresh()
    entry = pods.cache.get(namespace, name)
    if entry is None:
        raise not_found("", "pods", name)
    pod: Pod = entry.obj()
    ended = pod.status.phase in _UNGUARDED or pod.metadata.deletion_timestamp is not None
    guards = [] if ended else _guards(pod, budgets)
    if len(guards) > 1:
        raise StatusError(Status(status="Failure", message=_SEVERAL, code=500))
    if guards:
        if _spends(pod, guards[0].obj()):
            await _spend(pod, guards[0], budgets, writes, dry_run=bool(options.dry_run))
        else:
            # It must not have become healthy in the meantime.
            options = _pinned(options, entry)
    await _mark(pod, entry, pods, writes, options)
    await delete_named(call, pods, writes, namespace, name, _unpinned(options, entry), admitted=False)
    await answer_success(call, Status(status="Success", code=201))


def _guards(pod: Pod, budgets: Resource) -> list[Entry]:
    found = []
    for entry in budgets.cache.ordered(pod.metadata.namespace):
        selector = entry.obj().spec.selector
        if selector is not None and from_label_selector(selector).matches(pod.metadata.labels):
            found.append(entry)
    return found


def _spends(pod: Pod, budget: PodDisruptionBudget) -> bool:
    """Whether evicting the pod counts against the budget: one that is not ready may go without."""
    ready = any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions)
    if ready:
        return True
    if budget.spec.unhealthy_pod_eviction_policy == "AlwaysAllow":
        return False
    status = budget.status
    return not (status.desired_healthy > 0 and status.current_healthy >= status.desired_healthy)


async def _spend(pod: Pod, entry: Entry, budgets: Resource, writes: Writes, *, dry_run: bool) -> None:
    """Take one disruption from the budget. Raises StatusError."""
    for _ in range(_ATTEMPTS):
        budget: PodDisruptionBudget = entry.fresh()
        _check(budget)
        status = budget.status
        status.disruptions_allowed -= 1
        now = format_time(writes.cacher.clock.now())
        if not status.disruptions_allowed:
            _exhausted(budget, now)
        if dry_run:
            return
        status.disrupted_pods = {**status.disrupted_pods, pod.metadata.name: now}
        value = encode(budget, budgets.kind, budgets.group_version)
        try:
            await writes.cacher.store.update(budgets.key(entry.namespace, entry.name), value, entry.revision)
            return
        except RevisionConflict:
            await writes.cacher.fresh()
            found = budgets.cache.get(entry.namespace, entry.name)
            if found is None:
                return
            entry = found
    raise too_many_requests(f'couldn\'t update PodDisruptionBudget "{entry.name}" due to conflicts', 10)


def _check(budget: PodDisruptionBudget) -> None:
    name, status = budget.metadata.name, budget.status
    if status.observed_generation < budget.metadata.generation:
        raise _refused(f"The disruption budget {name} is still being processed by the server.", 10)
    if status.disruptions_allowed < 0:
        raise forbidden("policy", "poddisruptionbudget", name, "pdb disruptions allowed is negative")
    if len(status.disrupted_pods) > _MOST_DISRUPTED:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise forbidden("policy", "poddisruptionbudget", name, why)
    if not status.disruptions_allowed:
        raise _refused(
            f"The disruption budget {name} needs {status.desired_healthy} healthy pods and has "
            f"{status.current_healthy} currently",
            0,
        )


def _refused(cause: str, retry_after: int) -> StatusError:
    error = too_many_requests(_VIOLATES, retry_after)
    assert error.status.details is not None
    error.status.details.causes = [StatusCause(reason="DisruptionBudget", message=cause)]
    return error


def _exhausted(budget: PodDisruptionBudget, now: str) -> None:
    conditions = []
    for condition in budget.status.conditions:
        if condition.type == "DisruptionAllowed" and condition.status != "False":
            condition = Condition(
                type="DisruptionAllowed",
                status="False",
                reason="InsufficientPods",
                message=condition.message,
                last_transition_time=now,
                observed_generation=budget.status.observed_generation,
            )
        conditions.append(condition)
    budget.status.conditions = conditions


def _pinned(options: DeleteOptions, entry: Entry) -> DeleteOptions:
    wanted = options.preconditions or Preconditions()
    if wanted.resource_version is None:
        wanted = msgspec.structs.replace(wanted, resource_version=str(entry.revision))
    return msgspec.structs.replace(options, preconditions=wanted)


def _unpinned(options: DeleteOptions, entry: Entry) -> DeleteOptions:
    """The version was checked when the condition was written; the delete that follows meets a newer one."""
    wanted = options.preconditions
    if wanted is None or wanted.resource_version is None or options.dry_run:
        return options
    return msgspec.structs.replace(options, preconditions=msgspec.structs.replace(wanted, resource_version=None))


async def _mark(pod: Pod, entry: Entry, pods: Resource, writes: Writes, options: DeleteOptions) -> None:
    """Note on the pod why it goes. Raises StatusError (409) when the client means another version of it."""
    wanted = options.preconditions
    if options.dry_run or pod.metadata.deletion_timestamp is not None:
        return
    while True:
        fresh: Pod = entry.fresh()
        if wanted is not None and (
            (wanted.uid is not None and wanted.uid != fresh.metadata.uid)
            or (wanted.resource_version is not None and wanted.resource_version != str(entry.revision))
        ):
            return  # the delete tells what is wrong
        condition = PodCondition(
            type="DisruptionTarget",
            status="True",
            reason="EvictionByEvictionAPI",
            message="Eviction API: evicting",
            last_transition_time=format_time(writes.cacher.clock.now()),
        )
        set_condition(fresh, condition)
        value = encode(fresh, pods.kind, pods.group_version)
        try:
            await writes.cacher.store.update(pods.key(entry.namespace, entry.name), value, entry.revision)
            return
        except RevisionConflict:
            await writes.cacher.fresh()
            found = pods.cache.get(entry.namespace, entry.name)
            if found is None:
                return
            entry = found
