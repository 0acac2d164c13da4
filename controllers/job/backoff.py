"""Pauses before failed pods are replaced."""

from __future__ import annotations

from datetime import datetime

from controllers.job.failures import judge
from minik8s.api.batch_v1 import Job
from minik8s.api.core_v1 import Pod
from minik8s.machinery.times import parse_time

FIRST_SECONDS, LONGEST_SECONDS = 10.0, 600.0
INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count"
INDEX_IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


def pause(failures: int) -> float:
    """Seconds from the last of so many failures to the next attempt."""
    return min(FIRST_SECONDS * 2 ** min(failures - 1, 10), LONGEST_SECONDS) if failures > 0 else 0.0


def finished_at(pod: Pod, now: datetime) -> datetime:
    """When a pod's last container ended; else when its deletion began or it stopped being ready; else now."""
    ended = [
        parse_time(status.state.terminated.finished_at)
        for status in [*pod.status.container_statuses, *pod.status.init_container_statuses]
        if status.state.terminated is not None and status.state.terminated.finished_at
    ]
    if ended:
        return max(ended)
    for condition in pod.status.conditions:
        if condition.type == "Ready" and condition.last_transition_time:
            return parse_time(condition.last_transition_time)
    if pod.metadata.deletion_timestamp:
        return min(parse_time(pod.metadata.deletion_timestamp), now)
    return now


class Backoff:
    """Failures since the last success, by job. What is counted once in a status is counted once here."""

    def __init__(self) -> None:
        self._records: dict[str, tuple[int, datetime]] = {}
        self._seen: dict[str, set[str]] = {}

    def note(self, key: str, succeeded: list[Pod], failed: list[Pod], now: datetime) -> None:
        """All pods of a job that ended and are not in its status yet; those noted before are not noted again."""
        seen = self._seen.get(key, set())
        ends = [(finished_at(pod, now), True) for pod in succeeded if pod.metadata.uid not in seen]
        ends += [(finished_at(pod, now), False) for pod in failed if pod.metadata.uid not in seen]
        for when, went_well in sorted(ends):
            if went_well:
                self._records.pop(key, None)
            else:
                count, last = self._records.get(key, (0, when))
                self._records[key] = (count + 1, max(when, last))
        if seen or ends:
            self._seen[key] = {pod.metadata.uid for pod in [*succeeded, *failed]}

    def remaining(self, key: str, now: datetime) -> float:
        """Seconds until pods may be made again."""
        if key not in self._records:
            return 0.0
        failures, last = self._records[key]
        return max(pause(failures) - (now - last).total_seconds(), 0.0)

    def forget(self, key: str) -> None:
        """The job is over, or is begun anew."""
        self._records.pop(key, None)
        self._seen.pop(key, None)


def number(pod: Pod, annotation: str) -> int:
    """A count that a pod carries from those before it."""
    text = pod.metadata.annotations.get(annotation, "")
    return int(text) if text.isdigit() else 0


def index_counts(job: Job, failed: Pod | None) -> tuple[int, int]:
    """(counted, ignored) failures that the successor of a failed pod of one index begins with."""
    if failed is None:
        return 0, 0
    counted, ignored = number(failed, INDEX_FAILURES), number(failed, INDEX_IGNORED)
    return (counted + 1, ignored) if judge(job, failed).counts else (counted, ignored + 1)


def index_remaining(failed: Pod | None, now: datetime) -> float:
    """Seconds until the successor of a failed pod of one index may be made."""
    if failed is None:
        return 0.0
    failures = number(failed, INDEX_FAILURES) + number(failed, INDEX_IGNORED) + 1
    return max(pause(failures) - (now - finished_at(failed, now)).total_seconds(), 0.0)
