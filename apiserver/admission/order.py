"""Which plugins there are, in the order they run, and which are on without being asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any, NamedTuple

from apiserver.admission.chain import AdmissionChain
from apiserver.admission.plugin import AdmissionContext, AdmissionPlugin

ENTRY_POINTS = "minik8s.admission.plugins"


class PluginSettingsError(Exception):
    """A plugin is named that does not exist, or its configuration is wrong."""


class Slot(NamedTuple):
    """A place in the order: the plugin's name, its class ("module:class" below `plugins`), on by default."""

    name: str
    implementation: str
    on: bool = True


# Kubernetes' order. Policies and webhooks stand before ResourceQuota: what they change must be what is charged.
ORDER: tuple[Slot, ...] = (
    Slot("AlwaysAdmit", "always:AlwaysAdmit", on=False),
    Slot("NamespaceAutoProvision", "namespace_auto_provision:NamespaceAutoProvision", on=False),
    Slot("NamespaceLifecycle", "namespace_lifecycle:NamespaceLifecycle"),
    Slot("NamespaceExists", "namespace_exists:NamespaceExists", on=False),
    Slot("LimitPodHardAntiAffinityTopology", "anti_affinity:LimitPodHardAntiAffinityTopology", on=False),
    Slot("LimitRanger", "limit_ranger:LimitRanger"),
    Slot("ServiceAccount", "service_account:ServiceAccount"),
    Slot("NodeRestriction", "node_restriction:NodeRestriction", on=False),
    Slot("TaintNodesByCondition", "node_taint:TaintNodesByCondition"),
    Slot("AlwaysPullImages", "always_pull_images:AlwaysPullImages", on=False),
    Slot("PodSecurity", "pod_security:PodSecurity"),
    Slot("PodNodeSelector", "pod_node_selector:PodNodeSelector", on=False),
    Slot("Priority", "priority:Priority"),
    Slot("DefaultTolerationSeconds", "default_tolerations:DefaultTolerationSeconds"),
    Slot("EventRateLimit", "event_rate_limit:EventRateLimit", on=False),
    Slot("ExtendedResourceToleration", "extended_resource_toleration:ExtendedResourceToleration", on=False),
    Slot("DefaultStorageClass", "default_storage_class:DefaultStorageClass"),
    Slot("StorageObjectInUseProtection", "storage_in_use:StorageObjectInUseProtection"),
    Slot("OwnerReferencesPermissionEnforcement", "owner_references:OwnerReferencesPermissionEnforcement", on=False),
    Slot("PersistentVolumeClaimResize", "claim_resize:PersistentVolumeClaimResize"),
    Slot("RuntimeClass", "runtime_class:RuntimeClass"),
    Slot("CertificateApproval", "certificates:CertificateApproval"),
    Slot("CertificateSigning", "certificates:CertificateSigning"),
    Slot("CertificateSubjectRestriction", "certificates:CertificateSubjectRestriction"),
    Slot("DefaultIngressClass", "default_ingress_class:DefaultIngressClass"),
    Slot("DenyServiceExternalIPs", "deny_external_ips:DenyServiceExternalIPs", on=False),
    Slot("PodTopologyLabels", "pod_topology_labels:PodTopologyLabels"),
    Slot("PodResizeValidator", "pod_resize:PodResizeValidator"),
    Slot("ResourceQuota", "resource_quota:ResourceQuota"),
    Slot("AlwaysDeny", "always:AlwaysDeny", on=False),
)

# Parts of how kinds are validated that look beyond the object: no flag names them.
FIXED = (Slot("ResourceClaimAccess", "claim_access:ClaimAccess"),)

LAST = ("ResourceQuota", "AlwaysDeny")  # these follow whatever else is added

# Given to `build_chain` by who makes them; on by default.
EXTRA = (
    "MutatingAdmissionPolicy",
    "MutatingAdmissionWebhook",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook",
)


def _enabled(enable: Iterable[str], disable: Iterable[str], known: set[str]) -> set[str]:
    asked, refused = set(enable), set(disable)
    for flag, names in (("--enable-admission-plugins", asked), ("--disable-admission-plugins", refused)):
        unknown = sorted(names - known)
        if unknown:
            raise PluginSettingsError(f"{flag}: unknown plugin {unknown[0]}; there are {', '.join(sorted(known))}")
    both = sorted(asked & refused)
    if both:
        raise PluginSettingsError(f"plugin {both[0]} is both enabled and disabled")
    return ({slot.name for slot in ORDER if slot.on} | set(EXTRA) | asked) - refused


def build_chain(
    context: AdmissionContext,
    *,
    enable: Iterable[str] = (),
    disable: Iterable[str] = (),
    configurations: Mapping[str, Mapping[str, Any]] | None = None,
    extra: Iterable[AdmissionPlugin] = (),
) -> AdmissionChain:
    """The chain of a server. `extra` plugins (policies, webhooks) run before ResourceQuota, in their order; those
    of the names in `EXTRA` unless they are disabled.

    Plugins of other packages are found through the entry points `minik8s.admission.plugins` and run before `extra`
    ones when enabled by name. Raises PluginSettingsError.
    """
    configurations = configurations or {}
    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    names = _enabled(enable, disable, {slot.name for slot in ORDER} | set(found) | set(EXTRA))
    plugins: list[AdmissionPlugin] = []
    last: list[AdmissionPlugin] = []
    for slot in (*ORDER, *FIXED):
        if slot.name not in names and slot not in FIXED:
            continue
        module, _, attribute = slot.implementation.partition(":")
        cls = getattr(importlib.import_module(f"apiserver.admission.plugins.{module}"), attribute)
        (last if slot.name in LAST else plugins).append(cls(context, configurations.get(slot.name)))
    for name in sorted(names & set(found)):
        plugins.append(found[name].load()(context, configurations.get(name)))
    wanted = [plugin for plugin in extra if plugin.name in names or plugin.name not in EXTRA]
    return AdmissionChain([*plugins, *wanted, *last])
