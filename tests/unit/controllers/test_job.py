from __future__ import annotations

from controllers.job import indexes
from controllers.job.controller import JobController
from minik8s.api.batch_v1 import Job
from minik8s.api.core_v1 import Pod
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build
from tests.unit.controllers.jobs import FINALIZER, active, conditions, end, get, index_of, job, reasons, vanish


def test_indexes_are_written_as_short_as_can_be_and_read_back() -> None:
    assert indexes.write({7, 1, 3, 4, 5, 9, 10}) == "1,3-5,7,9,10"
    assert indexes.parse("1,3-5,7,9,10", 10) == {1, 3, 4, 5, 7, 9}
    assert indexes.parse("", 5) == set() and indexes.write([]) == ""


async def test_a_job_runs_its_pods_and_completes() -> None:
    cluster = FakeCluster()
    cluster.add(job(completions=3, parallelism=2))
    async with running(cluster, JobController()) as at_work:
        pods = active(cluster)
        assert len(pods) == 2 and all(p.metadata.finalizers == [FINALIZER] for p in pods)
        status = get(cluster).status
        assert status.active == 2 and status.start_time and status.ready == 0
        for pod in pods:
            await end(at_work, pod)
        assert get(cluster).status.succeeded == 2 and len(active(cluster)) == 1
        assert conditions(cluster) == []
        await end(at_work, active(cluster)[0])
        status = get(cluster).status
        assert (status.succeeded, status.active, bool(status.completion_time)) == (3, 0, True)
        assert conditions(cluster) == [("SuccessCriteriaMet", "CompletionsReached"), ("Complete", "CompletionsReached")]
        assert all(p.metadata.finalizers == [] for p in cluster.objects(Pod))
        held = status.uncounted_terminated_pods
        assert held is not None and not held.succeeded and not held.failed
        assert await reasons(at_work) == ["SuccessfulCreate"] * 3 + ["Completed"]


async def test_failed_pods_are_replaced_after_growing_pauses_until_the_limit() -> None:
    cluster = FakeCluster()
    cluster.add(job(backoffLimit=2))
    async with running(cluster, JobController()) as at_work:
        for pause in (10, 20):
            await end(at_work, active(cluster)[0], "Failed")
            assert active(cluster) == []
            await at_work.advance(pause - 1)
            assert active(cluster) == []
            await at_work.advance(1.5)
            assert len(active(cluster)) == 1
        await end(at_work, active(cluster)[0], "Failed")
        assert conditions(cluster) == [("FailureTarget", "BackoffLimitExceeded"), ("Failed", "BackoffLimitExceeded")]
        assert get(cluster).status.failed == 3 and get(cluster).status.completion_time is None
        assert "BackoffLimitExceeded" in await reasons(at_work)


async def test_a_deleted_pod_counts_as_failed_and_is_replaced() -> None:
    cluster = FakeCluster()
    cluster.add(job())
    async with running(cluster, JobController()) as at_work:
        [pod] = active(cluster)
        await cluster.delete(Pod, pod.metadata.name)
        await at_work.settle()
        vanish(cluster)
        await at_work.advance(11)
        assert get(cluster).status.failed == 1 and len(active(cluster)) == 1


async def test_the_deadline_ends_a_job_and_its_pods() -> None:
    cluster = FakeCluster()
    cluster.add(job(activeDeadlineSeconds=30, parallelism=2, completions=2))
    async with running(cluster, JobController()) as at_work:
        build.make_ready(cluster)
        await at_work.settle()
        assert get(cluster).status.ready == 2
        await at_work.advance(31)
        assert conditions(cluster) == [("FailureTarget", "DeadlineExceeded")]
        status = get(cluster).status
        assert (status.active, status.failed, status.terminating) == (0, 2, 2)
        vanish(cluster)
        await at_work.settle()
        assert conditions(cluster)[-1] == ("Failed", "DeadlineExceeded")


async def test_suspending_deletes_pods_without_counting_them_and_resuming_starts_anew() -> None:
    cluster = FakeCluster()
    cluster.add(job(parallelism=2, completions=2))
    async with running(cluster, JobController()) as at_work:
        began = get(cluster).status.start_time
        cluster.modify(Job, "work", lambda j: setattr(j.spec, "suspend", True))
        await at_work.settle()
        assert active(cluster) == [] and conditions(cluster) == [("Suspended", "JobSuspended")]
        vanish(cluster)
        await at_work.advance(5)
        assert cluster.objects(Pod) == [] and get(cluster).status.failed == 0
        cluster.modify(Job, "work", lambda j: setattr(j.spec, "suspend", False))
        await at_work.settle()
        assert len(active(cluster)) == 2 and conditions(cluster) == []
        assert get(cluster).status.start_time != began
        found = await reasons(at_work)
        assert "Suspended" in found and "Resumed" in found


async def test_indexed_pods_know_their_index() -> None:
    cluster = FakeCluster()
    cluster.add(job(completions=4, parallelism=3, completionMode="Indexed"))
    async with running(cluster, JobController()) as at_work:
        assert sorted(index_of(p) for p in active(cluster)) == [0, 1, 2]
        pod = min(active(cluster), key=index_of)
        assert pod.spec.hostname == "work-0" and pod.metadata.generate_name == "work-0-"
        assert pod.metadata.labels["batch.kubernetes.io/job-completion-index"] == "0"
        assert [e.name for e in pod.spec.containers[0].env] == ["JOB_COMPLETION_INDEX"]
        await end(at_work, max(active(cluster), key=index_of))
        assert get(cluster).status.completed_indexes == "2"
        assert sorted(index_of(p) for p in active(cluster)) == [0, 1, 3]
        while active(cluster):
            await end(at_work, active(cluster)[0])
        assert get(cluster).status.completed_indexes == "0-3" and get(cluster).status.succeeded == 4
        assert conditions(cluster)[-1][0] == "Complete"


async def test_a_limit_per_index_lets_other_indexes_go_on() -> None:
    cluster = FakeCluster()
    limits = {"backoffLimitPerIndex": 1, "backoffLimit": 2**31 - 1}
    cluster.add(job(completions=2, parallelism=2, completionMode="Indexed", **limits))
    async with running(cluster, JobController()) as at_work:
        first = min(active(cluster), key=index_of)
        await end(at_work, first, "Failed")
        assert get(cluster).status.failed == 0 and len(active(cluster)) == 1
        await at_work.advance(11)
        again = min(active(cluster), key=index_of)
        assert again.metadata.annotations["batch.kubernetes.io/job-index-failure-count"] == "1"
        assert get(cluster).status.failed == 1
        await end(at_work, again, "Failed")
        assert get(cluster).status.failed_indexes == "0" and conditions(cluster) == []
        await at_work.advance(60)
        assert [index_of(p) for p in active(cluster)] == [1]
        await end(at_work, active(cluster)[0])
        assert conditions(cluster)[-1] == ("Failed", "FailedIndexes")
        assert get(cluster).status.completed_indexes == "1"


async def test_too_many_failed_indexes_end_the_job() -> None:
    cluster = FakeCluster()
    limits = {"backoffLimitPerIndex": 0, "backoffLimit": 2**31 - 1, "maxFailedIndexes": 0}
    cluster.add(job(completions=3, parallelism=3, completionMode="Indexed", **limits))
    async with running(cluster, JobController()) as at_work:
        await end(at_work, min(active(cluster), key=index_of), "Failed")
        vanish(cluster)
        await at_work.settle()
        assert conditions(cluster)[-1] == ("Failed", "MaxFailedIndexesExceeded")


def policy(action: str, **match: object) -> dict[str, object]:
    return {"podFailurePolicy": {"rules": [{"action": action, **match}]}}


async def test_a_policy_may_fail_the_job_at_once() -> None:
    cluster = FakeCluster()
    codes = {"operator": "In", "values": [42]}
    cluster.add(job(parallelism=2, completions=2, **policy("FailJob", onExitCodes=codes)))
    async with running(cluster, JobController()) as at_work:
        pod = active(cluster)[0]
        await end(at_work, pod, "Failed", 42)
        told = get(cluster).status.conditions[0]
        assert (told.type, told.reason) == ("FailureTarget", "PodFailurePolicy")
        assert told.message == (
            f"Container c for pod default/{pod.metadata.name} failed with exit code 42 matching FailJob rule at index 0"
        )
        vanish(cluster)
        await at_work.settle()
        assert conditions(cluster)[-1] == ("Failed", "PodFailurePolicy")


async def test_a_policy_may_ignore_disruptions() -> None:
    cluster = FakeCluster()
    pattern = [{"type": "DisruptionTarget", "status": "True"}]
    cluster.add(job(backoffLimit=0, **policy("Ignore", onPodConditions=pattern)))
    async with running(cluster, JobController()) as at_work:
        disrupted = [build.condition("DisruptionTarget", "True")]
        await end(at_work, active(cluster)[0], "Failed", conditions=disrupted)
        assert get(cluster).status.failed == 0 and len(active(cluster)) == 1 and conditions(cluster) == []


async def test_a_success_policy_ends_the_job_early() -> None:
    cluster = FakeCluster()
    rules = {"successPolicy": {"rules": [{"succeededIndexes": "0,2", "succeededCount": 1}]}}
    cluster.add(job(completions=3, parallelism=3, completionMode="Indexed", **rules))
    async with running(cluster, JobController()) as at_work:
        await end(at_work, max(active(cluster), key=index_of))
        vanish(cluster)
        await at_work.settle()
        assert conditions(cluster) == [("SuccessCriteriaMet", "SuccessPolicy"), ("Complete", "SuccessPolicy")]
        status = get(cluster).status
        assert (status.succeeded, status.failed, status.completed_indexes) == (1, 0, "2")


async def test_pods_being_deleted_are_replaced_when_they_have_ended_if_asked_so() -> None:
    cluster = FakeCluster()
    cluster.add(job(podReplacementPolicy="Failed"))
    async with running(cluster, JobController()) as at_work:
        build.make_ready(cluster)
        [pod] = active(cluster)
        await cluster.delete(Pod, pod.metadata.name)
        await at_work.settle()
        status = get(cluster).status
        assert (status.active, status.terminating, status.failed) == (0, 1, 0) and active(cluster) == []
        await end(at_work, pod, "Failed")
        await at_work.advance(15)
        assert get(cluster).status.failed == 1 and len(active(cluster)) == 1


async def test_a_work_queue_starts_no_more_pods_once_one_succeeded() -> None:
    cluster = FakeCluster()
    cluster.add(job(completions=None, parallelism=3))
    async with running(cluster, JobController()) as at_work:
        await end(at_work, active(cluster)[0])
        assert len(active(cluster)) == 2
        while active(cluster):
            await end(at_work, active(cluster)[0])
        assert conditions(cluster)[-1][0] == "Complete" and get(cluster).status.succeeded == 3


async def test_jobs_managed_by_somebody_else_are_left_alone() -> None:
    cluster = FakeCluster()
    cluster.add(job(managedBy="example.com/other"))
    async with running(cluster, JobController()):
        assert cluster.objects(Pod) == [] and get(cluster).status.start_time is None


async def test_pods_of_a_job_that_is_gone_are_let_go() -> None:
    cluster = FakeCluster()
    cluster.add(job())
    async with running(cluster, JobController()) as at_work:
        cluster.remove(Job, "work")
        await at_work.settle()
        assert cluster.objects(Pod)[0].metadata.finalizers == []


async def test_scaling_parallelism_down_deletes_without_counting() -> None:
    cluster = FakeCluster()
    cluster.add(job(parallelism=3, completions=5))
    async with running(cluster, JobController()) as at_work:
        cluster.modify(Job, "work", lambda j: setattr(j.spec, "parallelism", 1))
        await at_work.settle()
        vanish(cluster)
        await at_work.settle()
        status = get(cluster).status
        assert (len(active(cluster)), status.active, status.failed) == (1, 1, 0)
