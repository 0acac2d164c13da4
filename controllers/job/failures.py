"""When a pod counts as failed, and what the pod failure policy says of it."""

from __future__ import annotations

import dataclasses

from minik8s.api.batch_v1 import Job, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern
from minik8s.api.core_v1 import ContainerStatus, Pod
from minik8s.client.resources import key_of


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a failed pod means: `counts` towards the limits, `action` of the rule that matched, and why."""

    counts: bool
    action: str = ""
    message: str = ""


def only_replaces_failed(job: Job) -> bool:
    """Whether a pod being deleted is replaced only when it has ended."""
    return job.spec.pod_replacement_policy == "Failed" or job.spec.pod_failure_policy is not None


def is_failed(pod: Pod, job: Job) -> bool:
    """Whether a pod counts as failed; one being deleted may never get to say so."""
    if pod.status.phase == "Failed":
        return True
    if only_replaces_failed(job):
        return False
    return pod.metadata.deletion_timestamp is not None and pod.status.phase != "Succeeded"


def judge(job: Job, pod: Pod) -> Verdict:
    """What the policy says of a failed pod; without a matching rule it counts."""
    policy = job.spec.pod_failure_policy
    for index, rule in enumerate(policy.rules if policy is not None else ()):
        if rule.action == "FailIndex" and job.spec.backoff_limit_per_index is None:
            continue
        why = ""
        if rule.on_exit_codes is not None:
            why = _exit_code(rule.on_exit_codes, pod)
        elif rule.on_pod_conditions:
            why = _condition(rule.on_pod_conditions, pod)
        if why:
            return Verdict(rule.action != "Ignore", rule.action, f"{why} matching {rule.action} rule at index {index}")
    return Verdict(True)


def fatal(job: Job, pods: list[Pod]) -> str:
    """The message for the first failed pod that fails the whole job; "" when there is none."""
    if job.spec.pod_failure_policy is None:
        return ""
    for pod in pods:
        if is_failed(pod, job) and (verdict := judge(job, pod)).action == "FailJob":
            return verdict.message
    return ""


def _exit_code(wanted: PodFailurePolicyOnExitCodesRequirement, pod: Pod) -> str:
    for status in _containers(pod):
        ended = status.state.terminated
        if ended is None or ended.exit_code == 0 or wanted.container_name not in (None, status.name):
            continue
        if (ended.exit_code in wanted.values) == (wanted.operator == "In"):
            return f"Container {status.name} for pod {key_of(pod)} failed with exit code {ended.exit_code}"
    return ""


def _condition(wanted: list[PodFailurePolicyOnPodConditionsPattern], pod: Pod) -> str:
    for condition in pod.status.conditions:
        if any(one.type == condition.type and (one.status or "True") == condition.status for one in wanted):
            return f"Pod {key_of(pod)} has condition {condition.type}"
    return ""


def _containers(pod: Pod) -> list[ContainerStatus]:
    return [*pod.status.container_statuses, *pod.status.init_container_statuses]


def restarts_exceed_limit(job: Job, pods: list[Pod]) -> bool:
    """Whether containers that are restarted in place were so too often."""
    if job.spec.template.spec.restart_policy != "OnFailure" or job.spec.backoff_limit is None:
        return False
    there = [pod for pod in pods if pod.status.phase in ("Running", "Pending")]
    count = sum(status.restart_count for pod in there for status in _containers(pod))
    return count > 0 if job.spec.backoff_limit == 0 else count >= job.spec.backoff_limit
