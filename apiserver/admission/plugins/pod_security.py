"""PodSecurity: pods keep to the level their namespace's labels ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apiserver.admission.plugin import AdmissionContext, AdmissionRequest, Operation, Plugin
from apiserver.admission.pod_security.evaluate import evaluate, told
from apiserver.admission.pod_security.levels import PREFIX, PRIVILEGED, LevelVersion, Policy, policy_of
from apiserver.auth.errors import internal, invalid
from minik8s.api.core_v1 import Namespace, Pod, PodSpec
from minik8s.api.meta_v1 import ObjectMeta

_CONTROLLERS = {
    ("", "replicationcontrollers"),
    ("", "podtemplates"),
    ("apps", "replicasets"),
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
}
_POD_SUBRESOURCES = ("", "ephemeralcontainers", "resize")
_MOST_PODS = 3000  # pods of a namespace looked at when its level changes


def _strings(settings: Mapping[str, Any], name: str) -> frozenset[str]:
    return frozenset(str(item) for item in settings.get(name) or ())


class PodSecurity(Plugin):
    """Enforces, notes and warns. Its configuration is Kubernetes' PodSecurityConfiguration (defaults, exemptions)."""

    NAME = "PodSecurity"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)

    def __init__(self, context: AdmissionContext, configuration: Mapping[str, Any] | None = None) -> None:
        super().__init__(context, configuration)
        settings = configuration or {}
        defaults: Mapping[str, Any] = settings.get("defaults") or {}
        labels = {PREFIX + str(key): str(value) for key, value in defaults.items()}
        labels.setdefault(PREFIX + "warn", PRIVILEGED)
        self._default, problems = policy_of(labels, Policy())
        if problems:
            raise ValueError(f"PodSecurity: {problems[0].field}: {problems[0].message}")
        exemptions: Mapping[str, Any] = settings.get("exemptions") or {}
        self._namespaces = _strings(exemptions, "namespaces")
        self._users = _strings(exemptions, "usernames")
        self._runtime_classes = _strings(exemptions, "runtimeClasses")

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Namespaces, pods, and what has a pod template."""
        if operation not in self.OPERATIONS:
            return False
        if (group, resource) == ("", "pods"):
            return subresource in _POD_SUBRESOURCES
        return not subresource and ((group, resource) in _CONTROLLERS or (group, resource) == ("", "namespaces"))

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError: 403 for a pod that breaks the enforced level, 422 for bad labels."""
        if request.resource == "namespaces":
            self._namespace(request)
            return
        if request.namespace in self._namespaces:
            request.annotations["pod-security.kubernetes.io/exempt"] = "namespace"
            return
        if request.user.name in self._users:
            request.annotations["pod-security.kubernetes.io/exempt"] = "user"
            return
        reader = self.context.reader
        namespace = reader.get(Namespace, request.namespace) or await reader.fetch(Namespace, request.namespace)
        if namespace is None:
            if request.resource == "pods":
                raise internal(f'failed to lookup namespace "{request.namespace}"')
            return
        policy, problems = policy_of(namespace.metadata.labels, self._default)
        if problems:
            text = ", ".join(f"{problem.field}: {problem.message}" for problem in problems)
            request.annotations["pod-security.kubernetes.io/error"] = f"Failed to parse policy: {text}"
        elif policy.fully_privileged:
            if request.resource == "pods":
                enforced = LevelVersion(PRIVILEGED)
                request.annotations["pod-security.kubernetes.io/enforce-policy"] = str(enforced)
            return
        if request.resource == "pods":
            if request.operation is Operation.UPDATE and not _new_image(request.obj, request.old):
                return
            self._evaluate(request, policy, request.obj.metadata, request.obj.spec, enforce=True)
            return
        template = _template(request)
        if template is not None:
            self._evaluate(request, policy, template[0], template[1], enforce=False)

    def _evaluate(
        self, request: AdmissionRequest, policy: Policy, metadata: ObjectMeta, spec: PodSpec, *, enforce: bool
    ) -> None:
        if spec.runtime_class_name in self._runtime_classes:
            request.annotations["pod-security.kubernetes.io/exempt"] = "runtimeClass"
            return
        audited = evaluate(policy.audit, metadata, spec)
        if audited:
            request.annotations["pod-security.kubernetes.io/audit-violations"] = (
                f'would violate PodSecurity "{policy.audit}": {told(audited)}'
            )
        if enforce:
            request.annotations["pod-security.kubernetes.io/enforce-policy"] = str(policy.enforce)
            violated = evaluate(policy.enforce, metadata, spec)
            if violated:
                raise request.forbidden(f'violates PodSecurity "{policy.enforce}": {told(violated)}')
        warned = evaluate(policy.warn, metadata, spec)
        if warned:
            request.warnings.append(f'would violate PodSecurity "{policy.warn}": {told(warned)}')

    def _namespace(self, request: AdmissionRequest) -> None:
        labels = request.obj.metadata.labels
        policy, problems = policy_of(labels, self._default)
        name = request.obj.metadata.name
        before = None
        if request.operation is Operation.UPDATE:
            before, old_problems = policy_of(request.old.metadata.labels, self._default)
            if problems == old_problems:
                problems = []
        if problems:
            raise invalid("", "Namespace", name, problems)
        if before is not None and not _stricter(policy.enforce, before.enforce):
            return
        if name in self._namespaces:
            self._warn_exempt(request, name, policy, labels)
        elif before is not None:
            request.warnings.extend(self._existing(name, policy.enforce))

    def _warn_exempt(self, request: AdmissionRequest, name: str, policy: Policy, labels: Mapping[str, str]) -> None:
        if policy.fully_privileged or policy == self._default:
            return
        asked = [
            f"{mode}={chosen}"
            for mode, chosen in (("enforce", policy.enforce), ("audit", policy.audit), ("warn", policy.warn))
            if chosen.level != PRIVILEGED and (PREFIX + mode in labels or f"{PREFIX}{mode}-version" in labels)
        ]
        request.warnings.append(
            f'namespace "{name}" is exempt from Pod Security, and the policy ({", ".join(asked)}) will be ignored'
        )

    def _existing(self, namespace: str, wanted: LevelVersion) -> list[str]:
        """Warnings about pods that are there and break the new level."""
        pods = [pod for pod in _one_per_controller(self.context.reader.list(Pod, namespace))]
        pods = [pod for pod in pods if pod.spec.runtime_class_name not in self._runtime_classes]
        total = len(pods)
        breaking: dict[str, list[str]] = {}
        for pod in pods[:_MOST_PODS]:
            findings = evaluate(wanted, pod.metadata, pod.spec)
            if findings:
                breaking.setdefault(", ".join(f.reason for f in findings), []).append(pod.metadata.name)
        warnings = []
        if total > _MOST_PODS:
            warnings.append(
                f"new PodSecurity enforce level only checked against the first {_MOST_PODS} of {total} existing pods"
            )
        if breaking:
            warnings.append(
                f'existing pods in namespace "{namespace}" violate the new PodSecurity enforce level "{wanted}"'
            )
        lines = []
        for reasons, names in breaking.items():
            others = len(names) - 1
            more = f" (and {others} other {'pod' if others == 1 else 'pods'})" if others else ""
            lines.append(f"{min(names)}{more}: {reasons}")
        return warnings + sorted(lines)


def _stricter(new: LevelVersion, old: LevelVersion) -> bool:
    """Whether pods that were allowed may not be any more."""
    if new == old or new.level == PRIVILEGED:
        return False
    order = (PRIVILEGED, "baseline", "restricted")
    return new.version != old.version or order.index(new.level) > order.index(old.level)


def _one_per_controller(pods: Sequence[Pod]) -> list[Pod]:
    """Pods in the order worth looking at: of each controller's pods, which are all alike, one first."""
    first, rest = [], []
    seen = set()
    for pod in pods:
        controller = next((owner.uid for owner in pod.metadata.owner_references if owner.controller), "")
        if controller and controller in seen:
            rest.append(pod)
            continue
        if controller:
            seen.add(controller)
        first.append(pod)
    return first + rest


def _new_image(new: Pod, old: Pod) -> bool:
    """Whether an update brings another image or container: all else about security cannot change."""
    if len(new.spec.containers) != len(old.spec.containers):
        return True
    if len(new.spec.init_containers) != len(old.spec.init_containers):
        return True
    pairs = [
        *zip(new.spec.containers, old.spec.containers, strict=True),
        *zip(new.spec.init_containers, old.spec.init_containers, strict=True),
    ]
    if any(mine.image != theirs.image for mine, theirs in pairs):
        return True
    before = {container.name: container.image for container in old.spec.ephemeral_containers}
    return any(before.get(container.name) != container.image for container in new.spec.ephemeral_containers)


def _template(request: AdmissionRequest) -> tuple[ObjectMeta, PodSpec] | None:
    obj = request.obj
    if request.resource == "podtemplates":
        return obj.template.metadata, obj.template.spec
    if request.resource == "cronjobs":
        template = obj.spec.job_template.spec.template
    else:
        template = obj.spec.template
    return (template.metadata, template.spec) if template is not None else None
