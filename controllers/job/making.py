"""The pods of a job."""

from __future__ import annotations

from controllers.job import indexes
from controllers.job.backoff import INDEX_FAILURES, INDEX_IGNORED, index_counts
from controllers.job.tally import FINALIZER, Tally
from controllers.shared.pods import pod_from_template
from minik8s.api.core_v1 import EnvVar, EnvVarSource, ObjectFieldSelector, Pod

_ENVIRONMENT = "JOB_COMPLETION_INDEX"
_LONGEST_PREFIX = 58


def pod_for(tally: Tally, index: int = indexes.UNKNOWN) -> Pod:
    """A new pod of a job, for one index or for none; held by its finalizer until it is counted."""
    job = tally.job
    pod = pod_from_template(job.spec.template, job)
    if FINALIZER not in pod.metadata.finalizers:
        pod.metadata.finalizers.append(FINALIZER)
    if index == indexes.UNKNOWN:
        return pod
    end, name = f"-{index}", job.metadata.name
    pod.metadata.generate_name = f"{name[: _LONGEST_PREFIX - len(end) - 1]}{end}-"
    pod.metadata.annotations[indexes.INDEX] = pod.metadata.labels[indexes.INDEX] = str(index)
    if job.spec.backoff_limit_per_index is not None:
        counted, ignored = index_counts(job, tally.delayed.get(index))
        pod.metadata.annotations[INDEX_FAILURES] = str(counted)
        if ignored:
            pod.metadata.annotations[INDEX_IGNORED] = str(ignored)
    pod.spec.hostname = f"{name[: 63 - len(end)]}{end}"
    source = EnvVarSource(field_ref=ObjectFieldSelector(field_path=f"metadata.labels['{indexes.INDEX}']"))
    for container in [*pod.spec.init_containers, *pod.spec.containers]:
        if all(variable.name != _ENVIRONMENT for variable in container.env):
            container.env.append(EnvVar(name=_ENVIRONMENT, value_from=source))
    return pod
