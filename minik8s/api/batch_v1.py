"""Kinds and types of API group version `batch/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1, meta_v1
from minik8s.api.fields import F, Int32, Int64, NoneType, NullableList, Struct, Time, always, nullable
from minik8s.api.objects import ListObject, Object


class JobSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.JobSpec"
    parallelism: Annotated[Int32 | None, F(1)] = None
    completions: Annotated[Int32 | None, F(2)] = None
    active_deadline_seconds: Annotated[Int64 | None, F(3)] = None
    selector: Annotated[meta_v1.LabelSelector | None, F(4)] = None
    manual_selector: Annotated[bool | None, F(5)] = None
    template: Annotated[core_v1.PodTemplateSpec, F(6, required=True)] = always(core_v1.PodTemplateSpec)
    backoff_limit: Annotated[Int32 | None, F(7)] = None
    ttl_seconds_after_finished: Annotated[Int32 | None, F(8)] = None
    completion_mode: Annotated[str | None, F(9, enum=("Indexed", "NonIndexed",))] = None
    suspend: Annotated[bool | None, F(10)] = None
    pod_failure_policy: Annotated[PodFailurePolicy | None, F(11)] = None
    backoff_limit_per_index: Annotated[Int32 | None, F(12)] = None
    max_failed_indexes: Annotated[Int32 | None, F(13)] = None
    pod_replacement_policy: Annotated[str | None, F(14, enum=("Failed", "TerminatingOrFailed",))] = None
    managed_by: Annotated[str | None, F(15)] = None
    success_policy: Annotated[SuccessPolicy | None, F(16)] = None


class JobTemplateSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.JobTemplateSpec"
    metadata: Annotated[meta_v1.ObjectMeta, F(1)] = always(meta_v1.ObjectMeta)
    spec: Annotated[JobSpec, F(2)] = always(JobSpec)


class CronJobSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.CronJobSpec"
    schedule: Annotated[str, F(1, required=True)] = always(str)
    starting_deadline_seconds: Annotated[Int64 | None, F(2)] = None
    concurrency_policy: Annotated[str, F(3, enum=("Allow", "Forbid", "Replace",))] = ""
    suspend: Annotated[bool | None, F(4)] = None
    job_template: Annotated[JobTemplateSpec, F(5, required=True)] = always(JobTemplateSpec)
    successful_jobs_history_limit: Annotated[Int32 | None, F(6)] = None
    failed_jobs_history_limit: Annotated[Int32 | None, F(7)] = None
    time_zone: Annotated[str | None, F(8)] = None


class CronJobStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.CronJobStatus"
    active: Annotated[list[core_v1.ObjectReference], F(1, list_type="atomic")] = []
    last_schedule_time: Annotated[Time | None, F(4)] = None
    last_successful_time: Annotated[Time | None, F(5)] = None


class CronJob(Object):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.CronJob"
    api_version: str = always(lambda: "batch/v1")
    kind: str = always(lambda: "CronJob")
    spec: Annotated[CronJobSpec, F(2, required=True)] = always(CronJobSpec)
    status: Annotated[CronJobStatus, F(3)] = always(CronJobStatus)


class CronJobList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.CronJobList"
    api_version: str = always(lambda: "batch/v1")
    kind: str = always(lambda: "CronJobList")
    items: Annotated[list[CronJob], F(2, required=True)] = always(list)


class JobStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.JobStatus"
    conditions: Annotated[list[JobCondition], F(1, patch="merge", merge_key="type", list_type="atomic")] = []
    start_time: Annotated[Time | None, F(2)] = None
    completion_time: Annotated[Time | None, F(3)] = None
    active: Annotated[Int32, F(4)] = 0
    succeeded: Annotated[Int32, F(5)] = 0
    failed: Annotated[Int32, F(6)] = 0
    completed_indexes: Annotated[str, F(7)] = ""
    uncounted_terminated_pods: Annotated[UncountedTerminatedPods | None, F(8)] = None
    ready: Annotated[Int32 | None, F(9)] = None
    failed_indexes: Annotated[str | None, F(10)] = None
    terminating: Annotated[Int32 | None, F(11)] = None


class Job(Object):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.Job"
    api_version: str = always(lambda: "batch/v1")
    kind: str = always(lambda: "Job")
    spec: Annotated[JobSpec, F(2)] = always(JobSpec)
    status: Annotated[JobStatus, F(3)] = always(JobStatus)


class JobCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.JobCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_probe_time: Annotated[Time | None, F(3)] = always(NoneType)
    last_transition_time: Annotated[Time | None, F(4)] = always(NoneType)
    reason: Annotated[str, F(5)] = ""
    message: Annotated[str, F(6)] = ""


class JobList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.JobList"
    api_version: str = always(lambda: "batch/v1")
    kind: str = always(lambda: "JobList")
    items: Annotated[list[Job], F(2, required=True)] = always(list)


class PodFailurePolicy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.PodFailurePolicy"
    rules: Annotated[NullableList[PodFailurePolicyRule], F(1, required=True, list_type="atomic")] = nullable()


class PodFailurePolicyOnExitCodesRequirement(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.PodFailurePolicyOnExitCodesRequirement"
    container_name: Annotated[str | None, F(1)] = None
    operator: Annotated[str, F(2, required=True, enum=("In", "NotIn",))] = always(str)
    values: Annotated[list[Int32], F(3, required=True, list_type="set")] = always(list)


class PodFailurePolicyOnPodConditionsPattern(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.PodFailurePolicyOnPodConditionsPattern"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, default="")] = always(str)


class PodFailurePolicyRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.PodFailurePolicyRule"
    action: Annotated[str, F(1, required=True, enum=("Count", "FailIndex", "FailJob", "Ignore",))] = always(str)
    on_exit_codes: Annotated[PodFailurePolicyOnExitCodesRequirement | None, F(2)] = None
    on_pod_conditions: Annotated[list[PodFailurePolicyOnPodConditionsPattern], F(3, list_type="atomic")] = []


class SuccessPolicy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.SuccessPolicy"
    rules: Annotated[list[SuccessPolicyRule], F(1, required=True, list_type="atomic")] = always(list)


class SuccessPolicyRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.SuccessPolicyRule"
    succeeded_indexes: Annotated[str | None, F(1)] = None
    succeeded_count: Annotated[Int32 | None, F(2)] = None


class UncountedTerminatedPods(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.batch.v1.UncountedTerminatedPods"
    succeeded: Annotated[list[str], F(1, list_type="set")] = []
    failed: Annotated[list[str], F(2, list_type="set")] = []
