from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from controllers.cronjob.controller import CronJobController
from controllers.cronjob.schedule import ScheduleError, ZoneError, most_recent, read
from controllers.ttlafterfinished.controller import TtlAfterFinishedController
from minik8s.api.batch_v1 import CronJob, Job, JobCondition
from minik8s.machinery.times import format_time
from minik8s.testing.controllers import Running, running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import jobs

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("*/5 * * * *", "Etc/UTC", "2026-01-02T03:05"),
        ("7/10 * * * ?", "Etc/UTC", "2026-01-02T03:07"),
        ("@daily", "Etc/UTC", "2026-01-03T00:00"),
        ("30 9 * * MON", "Europe/Berlin", "2026-01-05T08:30"),
        ("0 0 13 * FRI", "Etc/UTC", "2026-01-09T00:00"),
        ("0 0 */15 * MON", "Etc/UTC", "2026-01-05T00:00"),
        ("TZ=Asia/Tokyo 0 0 * * *", "", "2026-01-02T15:00"),
        ("@every 90s", "Etc/UTC", "2026-01-02T03:05:35"),
    ],
)
def test_the_next_time(text: str, zone: str, expected: str) -> None:
    assert read(text, zone).next(NOW) == moment(expected)


def test_what_cannot_be_read_is_told() -> None:
    for text in ("* * * *", "61 * * * *", "@every x"):
        with pytest.raises(ScheduleError):
            read(text)
    with pytest.raises(ZoneError, match="unknown time zone Mars/Base"):
        read("* * * * *", "Mars/Base")


def test_the_last_missed_time_is_found_however_long_ago_the_first_was() -> None:
    every_minute = read("* * * * *", "Etc/UTC")
    assert most_recent(every_minute, NOW - timedelta(minutes=3), NOW) == (moment("2026-01-02T03:04"), 3)
    found, count = most_recent(every_minute, NOW - timedelta(days=900), NOW)
    assert found == moment("2026-01-02T03:04") and count >= 1000
    assert most_recent(read("@every 7s"), NOW - timedelta(days=1), NOW)[0] == NOW - timedelta(seconds=86400 % 7)
    assert most_recent(every_minute, NOW, NOW) == (None, 0)


def cron_job(schedule: str = "*/10 * * * *", **spec: Any) -> CronJob:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": msgspec.to_builtins(jobs.job().spec)}
    wanted = {"schedule": schedule, "timeZone": "Etc/UTC", "concurrencyPolicy": "Allow", "jobTemplate": template}
    created = {"creationTimestamp": format_time(NOW)}
    return msgspec.convert(
        {"metadata": {"name": "tick", "namespace": "default"} | created, "spec": wanted | spec}, CronJob
    )


def get(cluster: FakeCluster) -> CronJob:
    found = cluster.object(CronJob, "tick")
    assert found is not None
    return found


def finish(cluster: FakeCluster, name: str, type_: str = "Complete") -> None:
    stamp = format_time(cluster.clock.now())

    def change(job: Job) -> None:
        job.status.conditions = [JobCondition(type=type_, status="True", last_transition_time=stamp)]
        job.status.start_time = stamp
        job.status.completion_time = stamp if type_ == "Complete" else None

    cluster.modify(Job, name, change)


async def to_next(at_work: Running, minutes: int = 10) -> None:
    await at_work.advance(minutes * 60)


async def test_a_job_is_started_at_each_time_and_its_end_noted() -> None:
    cluster = FakeCluster()
    cluster.add(cron_job())
    async with running(cluster, CronJobController()) as at_work:
        assert cluster.objects(Job) == []
        await to_next(at_work)
        [job] = cluster.objects(Job)
        assert job.metadata.name == f"tick-{int(moment('2026-01-02T03:10').timestamp()) // 60}"
        assert job.metadata.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2026-01-02T03:10:00Z"
        assert job.metadata.labels == {"a": "b"}
        status = get(cluster).status
        assert [a.name for a in status.active] == [job.metadata.name]
        assert status.last_schedule_time == "2026-01-02T03:10:00Z"
        finish(cluster, job.metadata.name)
        await at_work.settle()
        status = get(cluster).status
        assert status.active == [] and status.last_successful_time
        await to_next(at_work)
        assert len(cluster.objects(Job)) == 2
        found = await jobs.reasons(at_work)
        assert found == ["SuccessfulCreate", "SawCompletedJob", "SuccessfulCreate"]


@pytest.mark.parametrize(("policy", "left"), [("Allow", 2), ("Forbid", 1), ("Replace", 1)])
async def test_what_happens_while_the_last_job_still_runs(policy: str, left: int) -> None:
    cluster = FakeCluster()
    cluster.add(cron_job(concurrencyPolicy=policy))
    async with running(cluster, CronJobController()) as at_work:
        await to_next(at_work)
        first = cluster.objects(Job)[0].metadata.name
        await to_next(at_work)
        names = [j.metadata.name for j in cluster.objects(Job)]
        assert len(names) == left and (first in names) == (policy != "Replace")
        assert len(get(cluster).status.active) == left
        assert ("JobAlreadyActive" in await jobs.reasons(at_work)) == (policy == "Forbid")


async def test_finished_jobs_beyond_the_limits_are_deleted() -> None:
    cluster = FakeCluster()
    cluster.add(cron_job(successfulJobsHistoryLimit=2, failedJobsHistoryLimit=0))
    async with running(cluster, CronJobController()) as at_work:
        for end in ("Complete", "Complete", "Complete", "Failed"):
            await to_next(at_work)
            finish(cluster, max(j.metadata.name for j in cluster.objects(Job)), end)
            await at_work.settle()
        kept = cluster.objects(Job)
        assert len(kept) == 2 and all(j.status.conditions[0].type == "Complete" for j in kept)


async def test_times_missed_longer_ago_than_the_deadline_are_not_made_up_for() -> None:
    for deadline, expected in ((30, 0), (600, 1), (None, 1)):
        cluster = FakeCluster()
        owner = cron_job("0 * * * *", startingDeadlineSeconds=deadline)
        owner.metadata.creation_timestamp = format_time(NOW - timedelta(hours=30))
        cluster.add(owner)
        async with running(cluster, CronJobController()):
            assert len(cluster.objects(Job)) == expected


async def test_a_suspended_or_broken_schedule_starts_nothing() -> None:
    for spec, reason in (({"suspend": True}, ""), ({"timeZone": "Mars/Base"}, "UnknownTimeZone")):
        cluster = FakeCluster()
        cluster.add(cron_job(**spec))
        async with running(cluster, CronJobController()) as at_work:
            await to_next(at_work)
            assert cluster.objects(Job) == []
            assert reason in [*await jobs.reasons(at_work), ""]


async def test_a_finished_job_goes_when_its_time_is_over() -> None:
    cluster = FakeCluster()
    cluster.add(jobs.job(ttlSecondsAfterFinished=100), jobs.job("stays"))
    async with running(cluster, TtlAfterFinishedController()) as at_work:
        await at_work.advance(200)
        finish(cluster, "work", "Failed")
        finish(cluster, "stays")
        await at_work.settle()
        await at_work.advance(99)
        assert len(cluster.objects(Job)) == 2
        await at_work.advance(2)
        left = [j for j in cluster.objects(Job) if j.metadata.deletion_timestamp is None]
        assert [j.metadata.name for j in left] == ["stays"]
