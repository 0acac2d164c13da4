"""Pods: the strategy; what may change lies in `pod_changes`, `pod_resize` and `pod_status`."""

from __future__ import annotations

import msgspec

from apiserver.registry import formats
from apiserver.registry.addresses import ip_warnings
from apiserver.registry.core.pod_changes import (
    validate_ephemeral_change,
    validate_pod_change,
)
from apiserver.registry.core.pod_resize import keep_but_resources, validate_resize
from apiserver.registry.core.pod_status import keep_observed_generations, validate_status
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.pod_spec.affinity import pod_terms
from apiserver.registry.pod_spec.annotations import (
    APP_ARMOR,
    app_armor_field,
    validate_pod_annotations,
    validate_profiles_agree,
)
from apiserver.registry.pod_spec.containers import validate_image_spacing
from apiserver.registry.pod_spec.defaults import default_pod
from apiserver.registry.pod_spec.disabled import drop_disabled
from apiserver.registry.pod_spec.every_container import every_container
from apiserver.registry.pod_spec.qos import compute_qos
from apiserver.registry.pod_spec.rules import NEW_POD, PodRules, rules_for
from apiserver.registry.pod_spec.security_context import validate_app_armor
from apiserver.registry.pod_spec.spec import validate_pod_spec
from apiserver.registry.pod_spec.warnings import pod_warnings
from apiserver.registry.strategy import Request, StatusStrategy, Strategy, reset_metadata_for_status
from minik8s.api.core_v1 import Pod, PodAffinityTerm, PodCondition, PodIP, PodStatus, SecurityContext
from minik8s.api.meta_v1 import LabelSelector, LabelSelectorRequirement


def validate_metadata_and_spec(pod: Pod, errors: Errors, rules: PodRules) -> None:
    """What holds for a pod, new or changed."""
    metadata, spec = pod.metadata, pod.spec
    validate_metadata(metadata, errors, namespaced=True)
    if metadata.annotations:
        validate_pod_annotations(metadata.annotations, spec, "metadata.annotations", errors, rules)
    validate_pod_spec(spec, metadata, "spec", errors, rules)
    if not spec.service_account_name:
        for index, volume in enumerate(spec.volumes):
            for at, source in enumerate(volume.projected.sources if volume.projected is not None else ()):
                if source.service_account_token is not None:
                    errors.forbidden(
                        f"spec.volumes[{index}].projected.sources[{at}].serviceAccountToken",
                        "must not be specified when serviceAccountName is not set",
                    )
    for index, container in enumerate(spec.containers):
        validate_image_spacing(container, f"spec.containers[{index}]", errors)
    for index, container in enumerate(spec.init_containers):
        validate_image_spacing(container, f"spec.initContainers[{index}]", errors)


def _requirements(keys: list[str], operator: str, labels: dict[str, str]) -> list[LabelSelectorRequirement]:
    return [LabelSelectorRequirement(key=key, operator=operator, values=[labels[key]]) for key in keys if key in labels]


def _extended(selector: LabelSelector, more: list[LabelSelectorRequirement]) -> LabelSelector:
    return LabelSelector(match_labels=selector.match_labels, match_expressions=[*selector.match_expressions, *more])


def _fill_label_keys(pod: Pod) -> None:
    """Label keys to match become requirements with the pod's own values."""
    labels = pod.metadata.labels
    term: PodAffinityTerm
    for term in pod_terms(pod.spec):
        if term.label_selector is not None and (term.match_label_keys or term.mismatch_label_keys):
            term.label_selector = _extended(
                term.label_selector,
                _requirements(term.match_label_keys, "In", labels)
                + _requirements(term.mismatch_label_keys, "NotIn", labels),
            )
    for constraint in pod.spec.topology_spread_constraints:
        if constraint.label_selector is not None and constraint.match_label_keys:
            constraint.label_selector = _extended(
                constraint.label_selector, _requirements(constraint.match_label_keys, "In", labels)
            )


def _fill_app_armor(pod: Pod) -> None:
    """AppArmor annotations of old clients become fields."""
    spec, annotations = pod.spec, pod.metadata.annotations
    if (spec.os is not None and spec.os.name == "windows") or not any(k.startswith(APP_ARMOR) for k in annotations):
        return
    of_pod = spec.security_context.app_armor_profile if spec.security_context is not None else None
    for container in every_container(spec):
        value = annotations.get(APP_ARMOR + container.name)
        context = container.security_context
        if value is None or (context is not None and context.app_armor_profile is not None):
            continue
        profile = app_armor_field(value)
        errors = Errors()
        validate_app_armor(profile, "", errors)
        if profile is not None and not errors and profile != of_pod:
            container.security_context = context or SecurityContext()
            container.security_context.app_armor_profile = profile


def _app_armor_warnings(pod: Pod) -> list[str]:
    spec = pod.spec
    if spec.os is not None and spec.os.name == "windows":
        return []
    of_pod = spec.security_context.app_armor_profile if spec.security_context is not None else None
    found = []
    for container in (*spec.init_containers, *spec.containers):
        key = APP_ARMOR + container.name
        if key in pod.metadata.annotations and app_armor_field(pod.metadata.annotations[key]) != of_pod:
            found.append(
                f'metadata.annotations[{key}]: deprecated since v1.30; use the "appArmorProfile" field instead'
            )
    return found


def _count(new: Pod, old: Pod) -> None:
    if new.spec != old.spec:
        new.metadata.generation += 1


class PodStrategy(Strategy[Pod]):
    """Containers that run together."""

    short_names = ("po",)
    categories = ("all",)
    selectable = (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    )

    def default(self, obj: Pod, request: Request) -> None:
        """Everything that templates get, and what only pods get."""
        default_pod(obj)
        status = obj.status
        if status.pod_ip and (not status.pod_ips or status.pod_ips[0].ip != status.pod_ip):
            # Who knows one address only is right about it.
            status.pod_ips = [PodIP(ip=status.pod_ip)]
        elif status.pod_ips:
            status.pod_ip = status.pod_ips[0].ip

    def prepare_for_create(self, obj: Pod, request: Request) -> None:
        """Pending; the labels of the pod where its constraints ask for them."""
        spec = obj.spec
        obj.metadata.generation = 1
        obj.status = PodStatus(phase="Pending", qos_class=obj.status.qos_class or compute_qos(spec))
        drop_disabled(spec, None)
        if spec.scheduling_gates:
            obj.status.conditions = [
                PodCondition(
                    type="PodScheduled",
                    status="False",
                    reason="SchedulingGated",
                    message="Scheduling is blocked due to non-empty scheduling gates",
                    last_transition_time=request.now,
                )
            ]
        if spec.affinity is not None or spec.topology_spread_constraints:
            _fill_label_keys(obj)
        if obj.metadata.annotations:
            _fill_app_armor(obj)

    def validate(self, obj: Pod, request: Request) -> Errors:
        """A new pod."""
        errors = Errors()
        validate_metadata_and_spec(obj, errors, NEW_POD)
        if obj.spec.ephemeral_containers:
            errors.forbidden("spec.ephemeralContainers", "cannot be set on create")
        if obj.spec.node_name and obj.spec.scheduling_gates:
            errors.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")
        validate_profiles_agree(obj.metadata, obj.spec, "spec", errors)
        return errors

    def warnings_on_create(self, obj: Pod) -> list[str]:
        """A bad host name; what is unwise in the spec."""
        found = []
        problems = formats.dns_label(obj.metadata.name)
        if problems:
            found.append(
                "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; "
                f"a DNS label is recommended: [{' '.join(problems)}]"
            )
        if obj.metadata.annotations:
            found += _app_armor_warnings(obj)
        return found + pod_warnings(obj.spec, obj.metadata)

    def prepare_for_update(self, new: Pod, old: Pod, request: Request) -> None:
        """The status stays."""
        new.status = old.status
        drop_disabled(new.spec, old.spec)
        _count(new, old)

    def validate_update(self, new: Pod, old: Pod, request: Request) -> Errors:
        """Images, a deadline, tolerations: little else changes in a pod."""
        errors = Errors()
        rules = rules_for(old.spec, old.metadata, is_pod=True)
        validate_pod_change(new, old, errors, rules, validate_metadata_and_spec)
        return errors

    def graceful_period(self, obj: Pod, asked: int | None) -> int | None:
        """The pod's own period unless asked otherwise; none for a pod that runs nowhere or has ended."""
        period = asked if asked is not None else obj.spec.termination_grace_period_seconds or 0
        if not obj.spec.node_name or obj.status.phase in ("Failed", "Succeeded"):
            return 0
        return 1 if period < 0 else period

    def select(self, obj: Pod) -> dict[str, str]:
        """By node, phase and a few more."""
        spec, status = obj.spec, obj.status
        return {
            "spec.nodeName": spec.node_name,
            "spec.restartPolicy": spec.restart_policy,
            "spec.schedulerName": spec.scheduler_name,
            "spec.serviceAccountName": spec.service_account_name,
            "spec.hostNetwork": "true" if spec.host_network else "false",
            "status.phase": status.phase,
            "status.podIP": status.pod_ips[0].ip if status.pod_ips else status.pod_ip,
            "status.nominatedNodeName": status.nominated_node_name,
        }


class PodStatusStrategy(StatusStrategy[Pod]):
    """What the kubelet says of a pod."""

    reset_fields = ("spec", "metadata.deletionTimestamp", "metadata.ownerReferences")

    def prepare_for_update(self, new: Pod, old: Pod, request: Request) -> None:
        """Spec, deletion and owners stay; so does what the writer does not know of."""
        new.spec = old.spec
        new.metadata.deletion_timestamp = None
        new.metadata.owner_references = old.metadata.owner_references
        if not new.status.qos_class:
            new.status.qos_class = old.status.qos_class
        keep_observed_generations(new.status, old.status)
        if not old.status.node_allocatable_resource_claim_statuses:
            new.status.node_allocatable_resource_claim_statuses = []

    def validate_update(self, new: Pod, old: Pod, request: Request) -> Errors:
        """Containers that ended do not come back, unless their policy says so."""
        errors = Errors()
        validate_status(new, old, errors, rules_for(old.spec, old.metadata, is_pod=True))
        return errors

    def warnings_on_update(self, new: Pod, old: Pod) -> list[str]:
        """Unusual addresses."""
        found = []
        for index, address in enumerate(new.status.pod_ips):
            found += ip_warnings(address.ip, f"status.podIPs[{index}].ip")
        for index, host in enumerate(new.status.host_ips):
            found += ip_warnings(host.ip, f"status.hostIPs[{index}].ip")
        return found


class PodEphemeralContainersStrategy(Strategy[Pod]):
    """Where containers are added for a look inside."""

    def prepare_for_update(self, new: Pod, old: Pod, request: Request) -> None:
        """Everything but the ephemeral containers stays."""
        added = new.spec.ephemeral_containers
        new.spec = msgspec.structs.replace(old.spec)
        new.spec.ephemeral_containers = added
        new.status = old.status
        reset_metadata_for_status(new, old)
        _count(new, old)

    def validate_update(self, new: Pod, old: Pod, request: Request) -> Errors:
        """They are added, never changed or removed."""
        errors = Errors()
        rules = rules_for(old.spec, old.metadata, is_pod=True)
        validate_ephemeral_change(new, old, errors, rules, validate_metadata_and_spec)
        return errors


class PodResizeStrategy(Strategy[Pod]):
    """Where a running pod is given more or less."""

    def prepare_for_update(self, new: Pod, old: Pod, request: Request) -> None:
        """Everything but resources stays."""
        keep_but_resources(new, old)
        _count(new, old)

    def validate_update(self, new: Pod, old: Pod, request: Request) -> Errors:
        """CPU and memory may change, the quality of service not."""
        errors = Errors()
        rules = rules_for(old.spec, old.metadata, is_pod=True)
        validate_resize(new, old, errors, rules, validate_metadata_and_spec)
        return errors


STRATEGY = PodStrategy()
STRATEGY.subresources = {
    "status": PodStatusStrategy(),
    "ephemeralcontainers": PodEphemeralContainersStrategy(),
    "resize": PodResizeStrategy(),
}
