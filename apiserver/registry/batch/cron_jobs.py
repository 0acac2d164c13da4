"""CronJobs: Jobs by the clock."""

from __future__ import annotations

from apiserver.registry.batch.cron_schedule import known_zone, schedule_problem
from apiserver.registry.batch.job_spec import job_spec_warnings, validate_job_spec
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.template import template_rules
from apiserver.registry.pod_spec.warnings import pod_name_warnings
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.batch_v1 import CronJob, CronJobSpec, CronJobStatus, JobTemplateSpec

_POLICIES = ("Allow", "Forbid", "Replace")
_NAME_MAX = 52  # leaves room for the time that is appended to the names of Jobs
_NO_ZONE_HERE = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
_NOT_LOCAL = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
_ZONE_WARNING = (
    "CRON_TZ or TZ used in spec.schedule is not officially supported, see "
    "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
)


def _validate_zone(zone: str, errors: Errors) -> None:
    path = "spec.timeZone"
    if not zone:
        errors.invalid(path, zone, "timeZone must be nil or non-empty string")
        return
    if zone.lower() == "local":
        errors.invalid(path, zone, _NOT_LOCAL)
    elif not known_zone(zone):
        errors.invalid(path, zone, f"unknown time zone {zone}")


def _validate_job(template: JobTemplateSpec, path: str, errors: Errors, rules: PodRules) -> None:
    spec = template.spec
    validate_job_spec(spec, f"{path}.spec", errors, rules)
    if spec.selector is not None:
        errors.invalid(f"{path}.spec.selector", spec.selector, "`selector` will be auto-generated")
    if spec.manual_selector:
        errors.not_supported(f"{path}.spec.manualSelector", spec.manual_selector, ("nil", "false"))


def _validate_spec(spec: CronJobSpec, old: CronJobSpec | None, errors: Errors) -> None:
    if not spec.schedule:
        errors.required("spec.schedule")
    else:
        if problem := schedule_problem(spec.schedule):
            errors.invalid("spec.schedule", spec.schedule, problem)
        had_zone = old is not None and "TZ" in old.schedule
        if "TZ" in spec.schedule and (not had_zone or spec.time_zone is not None):
            errors.invalid("spec.schedule", spec.schedule, _NO_ZONE_HERE)
    if spec.starting_deadline_seconds is not None:
        errors.not_negative("spec.startingDeadlineSeconds", spec.starting_deadline_seconds)
    if spec.time_zone is not None and (old is None or old.time_zone != spec.time_zone):
        _validate_zone(spec.time_zone, errors)
    if not spec.concurrency_policy:
        errors.required("spec.concurrencyPolicy")
    elif spec.concurrency_policy not in _POLICIES:
        errors.not_supported("spec.concurrencyPolicy", spec.concurrency_policy, _POLICIES)
    rules = template_rules(old.job_template.spec.template if old is not None else None)
    _validate_job(spec.job_template, "spec.jobTemplate", errors, rules)
    for name, value in (
        ("successfulJobsHistoryLimit", spec.successful_jobs_history_limit),
        ("failedJobsHistoryLimit", spec.failed_jobs_history_limit),
    ):
        if value is not None:
            errors.not_negative(f"spec.{name}", value)


class CronJobStrategy(Strategy[CronJob]):
    """A Job again and again."""

    short_names = ("cj",)
    categories = ("all",)

    def default(self, obj: CronJob, request: Request) -> None:
        """Jobs may overlap; three good ones and one bad one are kept."""
        spec = obj.spec
        default_pod_spec(spec.job_template.spec.template.spec)
        spec.concurrency_policy = spec.concurrency_policy or "Allow"
        spec.suspend = bool(spec.suspend)
        if spec.successful_jobs_history_limit is None:
            spec.successful_jobs_history_limit = 3
        if spec.failed_jobs_history_limit is None:
            spec.failed_jobs_history_limit = 1

    def prepare_for_create(self, obj: CronJob, request: Request) -> None:
        """Nothing ran yet."""
        obj.status = CronJobStatus()
        drop_disabled_template(obj.spec.job_template.spec.template, None)
        obj.metadata.generation = 1

    def validate(self, obj: CronJob, request: Request) -> Errors:
        """Schedule, zone and template; names leave room for those of the Jobs."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_spec(obj.spec, None, errors)
        if len(obj.metadata.name.encode()) > _NAME_MAX:
            errors.invalid("metadata.name", obj.metadata.name, f"must be no more than {_NAME_MAX} characters")
        return errors

    def warnings_on_create(self, obj: CronJob) -> list[str]:
        """Names that make bad host names; what is unwise in the template."""
        found = pod_name_warnings(obj.metadata.name)
        return found + job_spec_warnings(obj.spec.job_template.spec, "spec.jobTemplate.spec")

    def prepare_for_update(self, new: CronJob, old: CronJob, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        drop_disabled_template(new.spec.job_template.spec.template, old.spec.job_template.spec.template)
        count_generation(new, old)

    def validate_update(self, new: CronJob, old: CronJob, request: Request) -> Errors:
        """As a new object, but for the length of its name."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, old.spec, errors)
        return errors

    def warnings_on_update(self, new: CronJob, old: CronJob) -> list[str]:
        """What is unwise in a changed template; a zone in the schedule."""
        found = []
        if new.metadata.generation != old.metadata.generation:
            found += job_spec_warnings(new.spec.job_template.spec, "spec.jobTemplate.spec")
        return [*found, _ZONE_WARNING] if "TZ" in new.spec.schedule else found


class CronJobStatusStrategy(StatusStrategy[CronJob]):
    """What runs now, and when something ran last."""

    def validate_update(self, new: CronJob, old: CronJob, request: Request) -> Errors:
        """Nothing beyond what holds for every kind."""
        return Errors()


STRATEGY = CronJobStrategy()
STRATEGY.subresources = {"status": CronJobStatusStrategy()}
