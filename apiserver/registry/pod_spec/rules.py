"""Which leniencies apply: what an object was stored with stays allowed when it is updated."""

from __future__ import annotations

import dataclasses

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec import affinity, resources, security_context, topology_spread, volume_paths
from apiserver.registry.pod_spec.every_container import every_container
from minik8s.api.core_v1 import PodSpec
from minik8s.api.meta_v1 import LabelSelector, ObjectMeta


@dataclasses.dataclass(frozen=True, slots=True)
class PodRules:
    """How strictly a pod spec is judged; `is_pod` tells a Pod from a template, the rest are leniencies."""

    is_pod: bool = False
    any_deletion_cost: bool = False
    any_label_value_in_selector: bool = False
    any_label_value_in_node_affinity: bool = False
    indivisible_huge_pages: bool = False
    any_spread_selector: bool = False
    any_spread_label_keys: bool = False
    any_token_path: bool = False
    host_namespace_sysctls: bool = False
    any_selinux_change_policy: bool = False
    user_namespaces_with_devices: bool = False
    user_namespaces_on_host_network: bool = False
    toleration_comparisons: bool = False
    restart_on_resize_of_init_containers: bool = False


NEW_POD = PodRules(is_pod=True)
NEW_TEMPLATE = PodRules()


def _selector_wrong(selector: LabelSelector | None) -> bool:
    return selector is not None and any(formats.label_value(v) for e in selector.match_expressions for v in e.values)


def _huge_pages_indivisible(spec: PodSpec) -> bool:
    lists = [spec.overhead]
    for container in every_container(spec):
        lists += [container.resources.limits, container.resources.requests]
    return any(
        name.startswith("hugepages-") and not resources.huge_pages_divisible(name, value)
        for found in lists
        for name, value in found.items()
    )


def _affinity_selector_wrong(spec: PodSpec) -> bool:
    return any(
        _selector_wrong(term.label_selector) or _selector_wrong(term.namespace_selector)
        for term in affinity.pod_terms(spec)
    )


def _node_affinity_wrong(spec: PodSpec) -> bool:
    terms = affinity.required_node_terms(spec)
    return any(formats.label_value(v) for term in terms for e in term.match_expressions for v in e.values)


def _spread_selector_wrong(spec: PodSpec) -> bool:
    errors = Errors()
    for constraint in spec.topology_spread_constraints:
        topology_spread.validate_selector(constraint, "", errors)
    return bool(errors)


def _spread_label_keys_wrong(spec: PodSpec) -> bool:
    errors = Errors()
    for constraint in spec.topology_spread_constraints:
        affinity.validate_label_keys(constraint.match_label_keys, [], constraint.label_selector, "", errors)
    return bool(errors)


def _token_path_wrong(spec: PodSpec) -> bool:
    errors = Errors()
    for volume in spec.volumes:
        for source in volume.projected.sources if volume.projected is not None else ():
            if source.service_account_token is not None:
                volume_paths.local_non_reserved(source.service_account_token.path, "", errors)
    return bool(errors)


def _host_sysctls(spec: PodSpec) -> bool:
    context = spec.security_context
    return context is not None and any(security_context.host_sysctl(s.name, spec) for s in context.sysctls)


def _user_namespaces_with_devices(spec: PodSpec) -> bool:
    if spec.host_users is not False:
        return False
    return any(c.volume_devices for c in every_container(spec))


def _restart_on_resize(spec: PodSpec) -> bool:
    return any(
        policy.restart_policy == "RestartContainer"
        for container in spec.init_containers
        if container.restart_policy != "Always"
        for policy in container.resize_policy
    )


def deletion_cost_wrong(metadata: ObjectMeta) -> bool:
    """Whether the pod deletion cost annotation is no 32-bit integer."""
    value = metadata.annotations.get("controller.kubernetes.io/pod-deletion-cost")
    return value is not None and not formats.int32_text(value)


def rules_for(old: PodSpec | None, old_metadata: ObjectMeta | None = None, *, is_pod: bool = False) -> PodRules:
    """The rules for replacing `old`, or for a new spec when there is none."""
    if old is None:
        return NEW_POD if is_pod else NEW_TEMPLATE
    context = old.security_context
    constraints = bool(old.topology_spread_constraints)
    return PodRules(
        is_pod=is_pod,
        any_deletion_cost=old_metadata is not None and deletion_cost_wrong(old_metadata),
        any_label_value_in_selector=old.affinity is not None and _affinity_selector_wrong(old),
        any_label_value_in_node_affinity=old.affinity is not None and _node_affinity_wrong(old),
        indivisible_huge_pages=_huge_pages_indivisible(old),
        any_spread_selector=constraints and _spread_selector_wrong(old),
        any_spread_label_keys=constraints and _spread_label_keys_wrong(old),
        any_token_path=_token_path_wrong(old),
        host_namespace_sysctls=_host_sysctls(old),
        any_selinux_change_policy=context is not None and context.se_linux_change_policy is not None,
        user_namespaces_with_devices=_user_namespaces_with_devices(old),
        user_namespaces_on_host_network=old.host_network and old.host_users is False,
        toleration_comparisons=any(t.operator in ("Lt", "Gt") for t in old.tolerations),
        restart_on_resize_of_init_containers=_restart_on_resize(old),
    )
