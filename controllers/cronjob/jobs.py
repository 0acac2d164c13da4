"""The jobs of a CronJob."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

from minik8s.api.batch_v1 import CronJob, Job
from minik8s.api.core_v1 import ObjectReference
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import owner_reference

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


def job_name(owner: CronJob, due: datetime) -> str:
    """The name of the job of one time: that time cannot be started twice."""
    return f"{owner.metadata.name}-{int(due.timestamp()) // 60}"


def job_for(owner: CronJob, due: datetime) -> Job:
    """The job of one time."""
    template = deep_copy(owner.spec.job_template)
    zone = zoneinfo.ZoneInfo(owner.spec.time_zone) if owner.spec.time_zone else UTC
    stamp = due.astimezone(zone).isoformat(timespec="seconds").replace("+00:00", "Z")
    meta = ObjectMeta(
        name=job_name(owner, due),
        namespace=owner.metadata.namespace,
        labels=template.metadata.labels,
        annotations={**template.metadata.annotations, SCHEDULED: stamp},
        owner_references=[owner_reference(owner)],
    )
    return Job(metadata=meta, spec=template.spec)


def active_reference(job: Job) -> ObjectReference:
    """How the CronJob's status names a job."""
    meta = job.metadata
    return ObjectReference(
        kind=job.kind,
        api_version=job.api_version,
        name=meta.name,
        namespace=meta.namespace,
        uid=meta.uid,
        resource_version=meta.resource_version,
    )


def oldest_beyond(ended: list[Job], limit: int | None) -> list[Job]:
    """The finished jobs that are too many, oldest first; all stay without a limit."""
    if limit is None:
        return []
    ordered = sorted(ended, key=lambda job: (job.status.start_time or "~", job.metadata.name))
    return ordered[: max(len(ordered) - limit, 0)]
