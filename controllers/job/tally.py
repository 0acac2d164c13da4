"""One look at a job and its pods: who is active, who ended and is not counted yet, which indexes are done."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from controllers.job import indexes
from controllers.job.backoff import INDEX_FAILURES, INDEX_IGNORED, finished_at, number
from controllers.job.failures import is_failed, judge
from controllers.shared import pods
from minik8s.api.batch_v1 import Job, UncountedTerminatedPods
from minik8s.api.core_v1 import Pod

FINALIZER = "batch.kubernetes.io/job-tracking"
"""Held by a pod until its end is in the job's status."""


def is_tracked(pod: Pod) -> bool:
    """Whether a pod is still held for its job."""
    return FINALIZER in pod.metadata.finalizers


class Tally:
    """The counts of one reconcile. `job` is a copy whose status is changed as the counting goes on.

    `released` are UIDs of pods whose finalizer was taken off and that the cache still shows with it.
    """

    def __init__(self, job: Job, mine: list[Pod], released: Set[str], now: datetime) -> None:
        self.job, self.pods, self.now = job, mine, now
        if job.status.uncounted_terminated_pods is None:
            job.status.uncounted_terminated_pods = UncountedTerminatedPods()
        self.uncounted = job.status.uncounted_terminated_pods
        self.tracked = [pod for pod in mine if is_tracked(pod) and pod.metadata.uid not in released]
        self.active = [pod for pod in mine if pods.is_active(pod)]
        self.ready = sum(pods.is_ready(pod) for pod in self.active)
        self.terminating = sum(pods.is_terminating(pod) for pod in mine)
        known = {*self.uncounted.succeeded, *self.uncounted.failed}
        fresh = [pod for pod in self.tracked if pod.metadata.uid not in known]
        self.new_succeeded = [pod for pod in fresh if pod.status.phase == "Succeeded"]
        self.new_failed = [pod for pod in fresh if is_failed(pod, job) and judge(job, pod).counts]
        self.failed = job.status.failed + len(self.uncounted.failed) + len(self.new_failed)
        self.succeeded = job.status.succeeded + len(self.uncounted.succeeded) + len(self.new_succeeded)
        self.done: set[int] = set()
        self.failed_indexes: set[int] = set()
        self.delayed: dict[int, Pod] = {}
        if indexes.is_indexed(job):
            self._count_indexes(job.spec.completions or 0)

    def _count_indexes(self, completions: int) -> None:
        job = self.job
        self.done = indexes.parse(job.status.completed_indexes, completions)
        self.done |= {indexes.valid_index(job, pod) for pod in self.new_succeeded} - {indexes.UNKNOWN}
        self.succeeded = len(self.done)
        if job.spec.backoff_limit_per_index is None:
            return
        self.failed_indexes = indexes.parse(job.status.failed_indexes or "", completions)
        for pod in self.tracked:
            index = indexes.valid_index(job, pod)
            if index != indexes.UNKNOWN and index not in self.done and self._ends_index(pod):
                self.failed_indexes.add(index)
        self._find_delayed()

    def _ends_index(self, pod: Pod) -> bool:
        if not is_failed(pod, self.job):
            return False
        verdict = judge(self.job, pod)
        if verdict.action == "FailIndex":
            return True
        return verdict.counts and number(pod, INDEX_FAILURES) >= (self.job.spec.backoff_limit_per_index or 0)

    def _find_delayed(self) -> None:
        """Of each index that will be tried again, the last failed pod: it tells how often the index failed."""
        for pod in self.tracked:
            index = indexes.valid_index(self.job, pod)
            if index == indexes.UNKNOWN or index in self.done or index in self.failed_indexes:
                continue
            if is_failed(pod, self.job):
                held = self.delayed.get(index)
                if held is None or self._age(held) <= self._age(pod):
                    self.delayed[index] = pod
        for pod in self.active:
            index = indexes.valid_index(self.job, pod)
            held = self.delayed.get(index)
            if held is not None and _failures(held) < _failures(pod):
                del self.delayed[index]

    def _age(self, pod: Pod) -> tuple[int, datetime]:
        return _failures(pod), finished_at(pod, self.now)

    def pending_indexes(self, count: int) -> list[int]:
        """The lowest indexes that are neither done, nor failed, nor being worked on."""
        taken = self.done | self.failed_indexes
        taken |= {indexes.index_of(pod) for pod in self.pods if self._holds_index(pod)}
        found: list[int] = []
        for index in range(self.job.spec.completions or 0):
            if len(found) == count:
                break
            if index not in taken:
                found.append(index)
        return found

    def _holds_index(self, pod: Pod) -> bool:
        if pods.is_terminal(pod):
            return False
        return pod.metadata.deletion_timestamp is None or not is_failed(pod, self.job)


def _failures(pod: Pod) -> int:
    return number(pod, INDEX_FAILURES) + number(pod, INDEX_IGNORED)
