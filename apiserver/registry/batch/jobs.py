"""Jobs: pods that end."""

from __future__ import annotations

import msgspec

from apiserver.registry import formats
from apiserver.registry.batch.job_spec import job_spec_warnings, validate_job_spec
from apiserver.registry.batch.job_status import validate_job_status
from apiserver.registry.errors import IMMUTABLE, Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.labels import selects, validate_label_selector
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.pod_spec.defaults import default_pod_spec
from apiserver.registry.pod_spec.disabled import drop_disabled_template
from apiserver.registry.pod_spec.rules import PodRules
from apiserver.registry.pod_spec.template import template_rules
from apiserver.registry.pod_spec.warnings import pod_name_warnings
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, count_generation
from minik8s.api.batch_v1 import Job, JobSpec, JobStatus
from minik8s.api.core_v1 import Affinity, Container, PodSpec
from minik8s.api.meta_v1 import LabelSelector

CONTROLLER_UID = "batch.kubernetes.io/controller-uid"
JOB_NAME = "batch.kubernetes.io/job-name"
OLD_CONTROLLER_UID = "controller-uid"
OLD_JOB_NAME = "job-name"
_BACKOFF_LIMIT = 6
_NO_LIMIT = 2**31 - 1
_IMMUTABLE = (
    ("completionMode", "completion_mode"),
    ("podFailurePolicy", "pod_failure_policy"),
    ("backoffLimitPerIndex", "backoff_limit_per_index"),
    ("managedBy", "managed_by"),
    ("successPolicy", "success_policy"),
)
_DIRECTIVES = ("node_selector", "tolerations", "scheduling_gates")


def _generate_selector(job: Job) -> None:
    """Labels that no other Job's pods have, and a selector for them."""
    uid, name = job.metadata.uid, job.metadata.name
    metadata = job.spec.template.metadata
    metadata.labels = {
        OLD_JOB_NAME: name,
        JOB_NAME: name,
        OLD_CONTROLLER_UID: uid,
        CONTROLLER_UID: uid,
        **metadata.labels,
    }
    selector = job.spec.selector = job.spec.selector or LabelSelector()
    selector.match_labels = {CONTROLLER_UID: uid, **selector.match_labels}


def _validate_generated(job: Job, errors: Errors, *, prefixed: bool = True) -> None:
    """Labels and selector as they were generated; `prefixed` asks for the labels that have a domain as well."""
    if job.spec.manual_selector or job.spec.selector is None:
        return
    uid, name = job.metadata.uid, job.metadata.name
    expected = {OLD_CONTROLLER_UID: uid, OLD_JOB_NAME: name}
    if prefixed:
        expected |= {CONTROLLER_UID: uid, JOB_NAME: name}
    labels = job.spec.template.metadata.labels
    for key, value in expected.items():
        path = f"spec.template.metadata.labels[{key}]"
        if key not in labels:
            errors.required(path, f"must be '{value}'")
        elif labels[key] != value:
            errors.invalid(path, labels, f"must be '{value}'")
    if selects(job.spec.selector, expected) is False:
        errors.invalid("spec.selector", job.spec.selector, "`selector` not auto-generated")


def _validate_spec(spec: JobSpec, errors: Errors, rules: PodRules) -> None:
    validate_job_spec(spec, "spec", errors, rules)
    labels = spec.template.metadata.labels
    if spec.selector is None:
        errors.required("spec.selector")
    else:
        validate_label_selector(spec.selector, "spec.selector", errors, any_value=rules.any_label_value_in_selector)
    if spec.selector is None or selects(spec.selector, labels) is False:
        errors.invalid("spec.template.metadata.labels", labels or None, "`selector` does not match template `labels`")


def _validate_host_names(job: Job, errors: Errors) -> None:
    """With indexes, the name and the last index make a host name."""
    completions = job.spec.completions
    if job.spec.completion_mode == "Indexed" and completions is not None and completions > 0:
        last = f"{job.metadata.name}-{completions - 1}"
        if formats.dns_label(last):
            detail = f"will not able to create pod with invalid DNS label: {last}"
            errors.invalid("metadata.name", job.metadata.name, detail)


def _validate_completions(new: JobSpec, old: JobSpec, errors: Errors) -> None:
    if new.completions == old.completions:
        return
    if new.completion_mode != "Indexed" or new.completions is None:
        errors.immutable("spec.completions", new.completions, old.completions)
    elif new.completions != new.parallelism:
        detail = "can only be modified in tandem with spec.parallelism"
        errors.invalid("spec.completions", new.completions, detail)


def _pods_may_change(old: Job) -> bool:
    """Whether no pod runs by the old template: suspended, and not started or stopped again."""
    status = old.status
    if not old.spec.suspend or status.active:
        return False
    stopped = any(each.type == "Suspended" and each.status == "True" for each in status.conditions)
    return status.start_time is None or stopped


def _with_resources(old: list[Container], new: list[Container]) -> list[Container]:
    if len(old) != len(new):
        return old
    return [
        msgspec.structs.replace(theirs, resources=mine.resources) if theirs.name == mine.name else theirs
        for theirs, mine in zip(old, new, strict=True)
    ]


def _with_node_affinity(old: Affinity | None, new: Affinity | None) -> Affinity | None:
    """The old affinity to nodes as the new one has it; none at all where nothing else was there."""
    nodes = new.node_affinity if new is not None else None
    found = msgspec.structs.replace(old, node_affinity=nodes) if old is not None else Affinity(node_affinity=nodes)
    return None if new is None and found == Affinity() else found


def _allowed_spec(mine: PodSpec, theirs: PodSpec) -> PodSpec:
    """The old spec of pods with everything from the new one that decides where and with how much a pod runs."""
    return msgspec.structs.replace(
        theirs,
        affinity=_with_node_affinity(theirs.affinity, mine.affinity),
        containers=_with_resources(theirs.containers, mine.containers),
        init_containers=_with_resources(theirs.init_containers, mine.init_containers),
        **{name: getattr(mine, name) for name in _DIRECTIVES},
    )


def _validate_template_change(new: Job, old: Job, errors: Errors) -> None:
    mine, theirs = new.spec.template, old.spec.template
    if not _pods_may_change(old):
        if mine != theirs:
            errors.invalid("spec.template", internal_form(mine), IMMUTABLE)
    elif mine.spec != _allowed_spec(mine.spec, theirs.spec):
        errors.invalid("spec.template.spec", internal_form(mine.spec), IMMUTABLE)


class JobStrategy(Strategy[Job]):
    """So many pods, run until they succeed."""

    garbage_collection = "Orphan"
    delete_warning = (
        "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
        "or set propagationPolicy=Orphan to suppress this warning"
    )
    categories = ("all",)
    selectable = ("status.successful",)

    def default(self, obj: Job, request: Request) -> None:
        """One pod, once; six failures at most."""
        spec = obj.spec
        default_pod_spec(spec.template.spec)
        if spec.completions is None and spec.parallelism is None:
            spec.completions = 1
        spec.parallelism = 1 if spec.parallelism is None else spec.parallelism
        if spec.backoff_limit is None:
            spec.backoff_limit = _BACKOFF_LIMIT if spec.backoff_limit_per_index is None else _NO_LIMIT
        if not obj.metadata.labels:
            obj.metadata.labels = dict(spec.template.metadata.labels)
        if spec.completion_mode is None:
            spec.completion_mode = "NonIndexed"
        spec.suspend = bool(spec.suspend)
        spec.manual_selector = bool(spec.manual_selector)
        policy = spec.pod_failure_policy
        for rule in policy.rules if policy is not None else ():
            for pattern in rule.on_pod_conditions:
                pattern.status = pattern.status or "True"
        if spec.pod_replacement_policy is None:
            spec.pod_replacement_policy = "TerminatingOrFailed" if policy is None else "Failed"

    def prepare_for_create(self, obj: Job, request: Request) -> None:
        """Nothing ran yet; labels of its own, unless the author takes care of that."""
        drop_disabled_template(obj.spec.template, None)
        inherited = obj.metadata.labels == obj.spec.template.metadata.labels
        if not obj.spec.manual_selector:
            _generate_selector(obj)
        if inherited:
            obj.metadata.labels = dict(obj.spec.template.metadata.labels)
        obj.status = JobStatus()
        obj.metadata.generation = 1

    def validate(self, obj: Job, request: Request) -> Errors:
        """Selector, numbers, policies and template."""
        errors = Errors()
        validate_metadata(obj.metadata, errors, namespaced=True)
        _validate_generated(obj, errors)
        _validate_spec(obj.spec, errors, template_rules(None))
        _validate_host_names(obj, errors)
        return errors

    def warnings_on_create(self, obj: Job) -> list[str]:
        """Names that make bad host names; what is unwise in the spec."""
        return pod_name_warnings(obj.metadata.name) + job_spec_warnings(obj.spec, "spec")

    def prepare_for_update(self, new: Job, old: Job, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        drop_disabled_template(new.spec.template, old.spec.template)
        count_generation(new, old)

    def validate_update(self, new: Job, old: Job, request: Request) -> Errors:
        """As a new object; what decides about the pods stays."""
        errors = Errors()
        labels, rules = old.spec.template.metadata.labels, template_rules(old.spec.template)
        validate_metadata(new.metadata, errors, namespaced=True)
        _validate_generated(new, errors, prefixed=JOB_NAME in labels and CONTROLLER_UID in labels)
        _validate_spec(new.spec, errors, rules)
        _validate_host_names(new, errors)
        validate_metadata_update(new.metadata, old.metadata, errors)
        _validate_spec(new.spec, errors, rules)
        _validate_completions(new.spec, old.spec, errors)
        errors.immutable("spec.selector", new.spec.selector, old.spec.selector)
        _validate_template_change(new, old, errors)
        for name, attribute in _IMMUTABLE:
            mine = getattr(new.spec, attribute)
            if mine != getattr(old.spec, attribute):
                errors.invalid(f"spec.{name}", mine if isinstance(mine, str) else internal_form(mine), IMMUTABLE)
        return errors

    def warnings_on_update(self, new: Job, old: Job) -> list[str]:
        """What is unwise in a changed spec."""
        return job_spec_warnings(new.spec, "spec") if new.metadata.generation != old.metadata.generation else []

    def select(self, obj: Job) -> dict[str, str]:
        """By how many pods succeeded."""
        return {"status.successful": str(obj.status.succeeded)}


class JobStatusStrategy(StatusStrategy[Job]):
    """How far a Job has come."""

    def validate_update(self, new: Job, old: Job, request: Request) -> Errors:
        """A status that makes sense."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        validate_job_status(new, old, errors)
        return errors


STRATEGY = JobStrategy()
STRATEGY.subresources = {"status": JobStatusStrategy()}
