"""Sets of completion indexes, as a status writes them: `1,3-5,7`."""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.batch_v1 import Job
from minik8s.api.core_v1 import Pod

INDEX = "batch.kubernetes.io/job-completion-index"
UNKNOWN = -1


def parse(text: str, completions: int) -> set[int]:
    """The indexes below `completions` that a text names; what is no number is left out."""
    found: set[int] = set()
    for part in text.split(",") if text else ():
        first, dash, last = part.partition("-")
        if first.isdigit() and (last.isdigit() or not dash):
            found.update(range(int(first), min(int(last) if dash else int(first), completions - 1) + 1))
    return found


def write(indexes: Iterable[int]) -> str:
    """The shortest text for a set; two neighbours are written one by one."""
    runs: list[list[int]] = []
    for index in sorted(indexes):
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(_run(first, last) for first, last in runs)


def _run(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first},{last}" if last == first + 1 else f"{first}-{last}"


def is_indexed(job: Job) -> bool:
    """Whether each pod works on an index of its own."""
    return job.spec.completion_mode == "Indexed"


def index_of(pod: Pod) -> int:
    """The index a pod works on; UNKNOWN when it does not say."""
    text = pod.metadata.annotations.get(INDEX, "")
    return int(text) if text.isdigit() else UNKNOWN


def valid_index(job: Job, pod: Pod) -> int:
    """The pod's index when it is one of the job's, else UNKNOWN."""
    index = index_of(pod)
    return index if index < (job.spec.completions or 0) else UNKNOWN
