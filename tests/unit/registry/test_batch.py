"""Jobs and CronJobs: generated selectors, policies, schedules, and what of them may change."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.registry.batch.cron_schedule import schedule_problem
from apiserver.registry.batch.indexes import IndexesError, common_index, count_indexes
from tests.support.registry import POD, Kind, merged, template

JOBS = Kind("batch/v1", "jobs")
CRON_JOBS = Kind("batch/v1", "cronjobs")


def job(restart: str = "Never", **spec: Any) -> dict[str, Any]:
    pods = merged(template(), {"spec": {"restartPolicy": restart}})
    return {"spec": {"template": pods, **spec}}


def cron_job(**spec: Any) -> dict[str, Any]:
    return {"spec": {"schedule": "*/5 * * * *", "jobTemplate": job(), **spec}}


def test_a_job_is_filled_in_and_selects_its_own_pods() -> None:
    found, errors = JOBS.create(job())
    assert errors == []
    spec = found["spec"]
    assert (spec["parallelism"], spec["completions"], spec["backoffLimit"]) == (1, 1, 6)
    assert (spec["completionMode"], spec["suspend"], spec["podReplacementPolicy"]) == (
        "NonIndexed",
        False,
        "TerminatingOrFailed",
    )
    labels = {
        "batch.kubernetes.io/controller-uid": "u-1",
        "batch.kubernetes.io/job-name": "x",
        "controller-uid": "u-1",
        "job-name": "x",
    }
    assert spec["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": "u-1"}}
    assert spec["template"]["metadata"]["labels"] == found["metadata"]["labels"] == labels


def test_labels_of_a_job_that_has_some_stay_its_own() -> None:
    found, _ = JOBS.create({"metadata": {"labels": {"mine": "1"}}, **job()})
    assert found["metadata"]["labels"] == {"mine": "1"}


def test_a_manual_selector_is_kept() -> None:
    document = job(manualSelector=True, selector={"matchLabels": {"a": "b"}})
    document["spec"]["template"]["metadata"]["labels"] = {"a": "b"}
    found, errors = JOBS.create(document)
    assert (errors, found["spec"]["selector"]) == ([], {"matchLabels": {"a": "b"}})
    assert found["spec"]["template"]["metadata"]["labels"] == {"a": "b"}


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        (
            job("Always"),
            ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
        (
            job(completionMode="Indexed", parallelism=2),
            ["spec.completions: Required value: when completion mode is Indexed"],
        ),
        (
            job(backoffLimitPerIndex=1),
            ["spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"],
        ),
        (
            job("OnFailure", podFailurePolicy={"rules": []}),
            [
                'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when '
                "podFailurePolicy is specified"
            ],
        ),
        (
            job(podFailurePolicy={"rules": [{"action": "Ignore"}]}),
            [
                "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is "
                "required"
            ],
        ),
        (
            job(podFailurePolicy={"rules": [{"action": "Count", "onExitCodes": {"operator": "In", "values": [3, 1]}}]}),
            ["spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,1]: must be ordered"],
        ),
        (
            job(completionMode="Indexed", completions=2, successPolicy={"rules": [{"succeededIndexes": "0-2"}]}),
            [
                'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-2": error parsing succeededIndexes: '
                'too large index: "2"'
            ],
        ),
        (
            job(selector={"matchLabels": {"a": "b"}}),
            [
                'spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"u-1"}}: '
                "`selector` not auto-generated",
                "spec.template.metadata.labels: Invalid value: "
                '{"batch.kubernetes.io/controller-uid":"u-1","batch.kubernetes.io/job-name":"x",'
                '"controller-uid":"u-1","job-name":"x"}: `selector` does not match template `labels`',
            ],
        ),
    ],
)
def test_a_bad_job_is_refused(document: dict[str, Any], messages: list[str]) -> None:
    assert JOBS.create(document)[1] == messages


def test_what_decides_about_the_pods_of_a_job_stays() -> None:
    stored = JOBS.stored(job())
    _, errors = JOBS.update(stored, {"spec": {"completions": 5}})
    assert errors == ["spec.completions: Invalid value: 5: field is immutable"]
    _, errors = JOBS.update(stored, {"spec": {"template": {"spec": {"nodeSelector": {"a": "b"}}}}})
    assert len(errors) == 1
    assert errors[0].startswith('spec.template: Invalid value: {"labels":{"batch.kubernetes.io/controller-uid":"u-1",')
    assert errors[0].endswith("field is immutable")
    assert JOBS.update(stored, {"spec": {"parallelism": 5, "suspend": True}})[1] == []


def test_where_the_pods_of_a_suspended_job_run_may_change() -> None:
    stored = JOBS.stored(job(suspend=True))
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}
    affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"].append(
        {"matchExpressions": [{"key": "a", "operator": "Exists"}]}
    )
    pod = {"nodeSelector": {"a": "b"}, "affinity": affinity}
    assert JOBS.update(stored, {"spec": {"template": {"spec": pod}}})[1] == []
    assert len(JOBS.update(stored, {"spec": {"template": {"spec": {"hostNetwork": True}}}})[1]) == 1


def test_completions_of_an_indexed_job_change_with_its_parallelism() -> None:
    stored = JOBS.stored(job(completionMode="Indexed", completions=2, parallelism=2))
    assert JOBS.update(stored, {"spec": {"completions": 3, "parallelism": 3}})[1] == []
    assert JOBS.update(stored, {"spec": {"completions": 3}})[1] == [
        "spec.completions: Invalid value: 3: can only be modified in tandem with spec.parallelism"
    ]


def test_a_job_does_not_end_without_saying_how() -> None:
    stored = JOBS.stored(job())
    conditions = [{"type": "Complete", "status": "True"}]
    _, errors = JOBS.update(stored, {"status": {"conditions": conditions}}, "status")
    assert errors == [
        "status.completionTime: Required value: completionTime is required for Complete jobs",
        "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true "
        "condition",
        "status.startTime: Required value: startTime is required for finished job",
    ]
    times = {"startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:00:05Z", "succeeded": 1}
    conditions.append({"type": "SuccessCriteriaMet", "status": "True"})
    done, errors = JOBS.update(stored, {"status": {"conditions": conditions, **times}}, "status")
    assert errors == []
    _, errors = JOBS.update(done, {"status": {"succeeded": 0}}, "status")
    assert errors == ["status.succeeded: Invalid value: 0: cannot decrease the succeeded counter"]


def test_jobs_keep_their_pods_when_deleted() -> None:
    assert JOBS.strategy.garbage_collection == "Orphan"
    assert JOBS.strategy.delete_warning.startswith("child pods are preserved by default")


def test_a_cron_job_is_filled_in() -> None:
    found, errors = CRON_JOBS.create(cron_job())
    assert errors == []
    spec = found["spec"]
    assert (spec["concurrencyPolicy"], spec["suspend"]) == ("Allow", False)
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 1)
    assert "backoffLimit" not in spec["jobTemplate"]["spec"]


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({"schedule": ""}, ["spec.schedule: Required value"]),
        ({"timeZone": "Mars/Base"}, ['spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base']),
        (
            {"schedule": "TZ=UTC * * * * *"},
            [
                'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone '
                "field instead"
            ],
        ),
        (
            {"concurrencyPolicy": "Never"},
            [
                'spec.concurrencyPolicy: Unsupported value: "Never": supported values: "Allow", "Forbid", "Replace"',
            ],
        ),
    ],
)
def test_a_bad_cron_job_is_refused(spec: dict[str, Any], messages: list[str]) -> None:
    assert CRON_JOBS.create(cron_job(**spec))[1] == messages


def test_the_name_of_a_cron_job_leaves_room() -> None:
    _, errors = CRON_JOBS.create({"metadata": {"name": "a" * 53}, **cron_job()})
    assert errors == [f'metadata.name: Invalid value: "{"a" * 53}": must be no more than 52 characters']


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("*/15 0-5,22 1,15 jan-mar mon", ""),
        ("@daily", ""),
        ("@every 1h30m", ""),
        ("CRON_TZ=Europe/Berlin 0 0 * * ?", ""),
        ("@often", "unrecognized descriptor: @often"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
    ],
)
def test_schedules(schedule: str, problem: str) -> None:
    assert schedule_problem(schedule) == problem


def test_indexes_are_counted() -> None:
    assert count_indexes("", 3) == 0
    assert count_indexes("0,2-4", 5) == 4
    for text in ("2,1", "3-3", "a", "1-2-3", "5"):
        with pytest.raises(IndexesError):
            count_indexes(text, 5)


def test_an_update_of_a_job_is_judged_as_a_new_one_and_as_a_change() -> None:
    kind = Kind("batch/v1", "jobs")
    stored = kind.stored({"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}})
    _, errors = kind.update(stored, {"spec": {"backoffLimit": -1}})
    assert errors == ["spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0"] * 2


@pytest.mark.parametrize("label", ["job-name", "batch.kubernetes.io/job-name"])
def test_generated_labels_stay(label: str) -> None:
    kind = Kind("batch/v1", "jobs")
    stored = kind.stored({"spec": {"suspend": True, "template": {"spec": {**POD, "restartPolicy": "Never"}}}})
    _, errors = kind.update(stored, {"spec": {"template": {"metadata": {"labels": {label: None}}}}})
    assert errors == [f"spec.template.metadata.labels[{label}]: Required value: must be 'x'"]


def test_of_the_template_of_a_suspended_job_only_the_spec_is_compared() -> None:
    kind = Kind("batch/v1", "jobs")
    stored = kind.stored({"spec": {"suspend": True, "template": {"spec": {**POD, "restartPolicy": "Never"}}}})
    _, errors = kind.update(stored, {"spec": {"template": {"metadata": {"annotations": {"a": "b"}, "name": "n"}}}})
    assert errors == []
    _, errors = kind.update(stored, {"spec": {"template": {"spec": {"hostname": "other"}}}})
    assert [error.partition(":")[0] for error in errors] == ["spec.template.spec"]


def test_templates_drop_what_is_not_served() -> None:
    template = {"spec": {**POD, "restartPolicy": "Never", "schedulingGroup": {}}}
    for group_version, plural, spec in (
        ("batch/v1", "jobs", {"template": template}),
        ("batch/v1", "cronjobs", {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}),
    ):
        assert "schedulingGroup" not in str(Kind(group_version, plural).stored({"spec": spec}))


def test_metadata_sent_to_the_status_of_a_cron_job_is_judged_as_that_of_any_kind() -> None:
    kind = Kind("batch/v1", "cronjobs")
    pods = {"template": {"spec": {**POD, "restartPolicy": "Never"}}}
    stored = kind.stored({"spec": {"schedule": "@daily", "jobTemplate": {"spec": pods}}})
    assert kind.update(stored, {"metadata": {"finalizers": ["bad"]}}, "status")[1] == []
    assert len(kind.update(stored, {"metadata": {"labels": {"a": "!"}}}, "status")[1]) == 2


def _indexed(**spec: Any) -> dict[str, Any]:
    pods = {"spec": {**POD, "restartPolicy": "Never"}}
    return {"spec": {"completions": 4, "parallelism": 4, "completionMode": "Indexed", "template": pods, **spec}}


def _told(kind: Kind, stored: dict[str, Any], **status: Any) -> list[str]:
    return kind.update(stored, {"status": status}, "status")[1]


def test_an_index_has_not_failed_and_succeeded() -> None:
    kind = Kind("batch/v1", "jobs")
    stored = kind.stored(_indexed(backoffLimitPerIndex=1))
    assert _told(kind, stored, completedIndexes="0,2", failedIndexes="1,3") == []
    assert _told(kind, stored, completedIndexes="0-2", failedIndexes="1,3") == [
        'status.failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 1'
    ]
    assert common_index("0,x,3", "9,2-3", 4) == 3


def test_a_job_that_goes_on_starts_anew_and_no_other_does() -> None:
    kind = Kind("batch/v1", "jobs")
    suspended = {"type": "Suspended", "status": "True"}
    started, errors = kind.update(kind.stored(_indexed()), {"status": {"startTime": "2026-01-01T00:00:00Z"}}, "status")
    assert errors == []
    later = "2026-01-02T00:00:00Z"
    assert _told(kind, started, startTime=later) == [
        f'status.startTime: Invalid value: "{later}": field is immutable for unsuspended job once set'
    ]
    stopped = merged(started, {"status": {"conditions": [suspended]}})
    assert _told(kind, stopped, startTime=later, conditions=[{**suspended, "status": "False"}]) == []


def test_only_where_all_indexes_run_at_once_may_fewer_have_succeeded() -> None:
    kind = Kind("batch/v1", "jobs")
    for parallelism, told in ((4, 0), (3, 1)):
        stored = merged(kind.stored(_indexed(parallelism=parallelism)), {"status": {"succeeded": 2}})
        assert len(_told(kind, stored, succeeded=1)) == told


def test_bounds_of_failed_indexes() -> None:
    _, errors = Kind("batch/v1", "jobs").create(_indexed(backoffLimitPerIndex=1, maxFailedIndexes=200_000))
    path = "spec.maxFailedIndexes: Invalid value: 200000: must be less than or equal to"
    assert errors == [f"{path} completions", f"{path} 100000"]
