"""What the built-in groups serve: short names, categories, verbs and subresources of every resource."""

from __future__ import annotations

from apiserver.discovery.facts import STANDARD_VERBS, Group, GroupVersion, Served, Subresource, storage_hash
from apiserver.registry.conversions import conversion_of
from minik8s.api.scheme import RESOURCES, ResourceType

# In the order in which clients are told of them.
_GROUPS = (
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
)
_FIRST_PRIORITY = 18000
_PRIORITY = 15
"""Of versions, beside those of the same group that other servers have."""
_PREFERRED = {"autoscaling": ("v2", "v1")}

_SHORT_NAMES: dict[str, tuple[str, ...]] = {
    "certificatesigningrequests": ("csr",),
    "componentstatuses": ("cs",),
    "configmaps": ("cm",),
    "cronjobs": ("cj",),
    "customresourcedefinitions": ("crd", "crds"),
    "daemonsets": ("ds",),
    "deployments": ("deploy",),
    "endpoints": ("ep",),
    "events": ("ev",),
    "horizontalpodautoscalers": ("hpa",),
    "ingresses": ("ing",),
    "ipaddresses": ("ip",),
    "limitranges": ("limits",),
    "namespaces": ("ns",),
    "networkpolicies": ("netpol",),
    "nodes": ("no",),
    "persistentvolumeclaims": ("pvc",),
    "persistentvolumes": ("pv",),
    "poddisruptionbudgets": ("pdb",),
    "pods": ("po",),
    "priorityclasses": ("pc",),
    "replicasets": ("rs",),
    "replicationcontrollers": ("rc",),
    "resourcequotas": ("quota",),
    "serviceaccounts": ("sa",),
    "services": ("svc",),
    "statefulsets": ("sts",),
    "storageclasses": ("sc",),
    "volumeattributesclasses": ("vac",),
}
_IN_ALL = frozenset(
    {
        "cronjobs",
        "daemonsets",
        "deployments",
        "horizontalpodautoscalers",
        "jobs",
        "pods",
        "replicasets",
        "replicationcontrollers",
        "services",
        "statefulsets",
    }
)
_EXTENSION_GROUPS = ("admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io")
_VERBS: dict[str, tuple[str, ...]] = {
    "componentstatuses": ("get", "list"),
    "namespaces": tuple(verb for verb in STANDARD_VERBS if verb != "deletecollection"),
}
_WITH_STATUS = frozenset(
    {
        "apiservices",
        "certificatesigningrequests",
        "cronjobs",
        "customresourcedefinitions",
        "daemonsets",
        "deployments",
        "flowschemas",
        "horizontalpodautoscalers",
        "ingresses",
        "jobs",
        "namespaces",
        "nodes",
        "persistentvolumeclaims",
        "persistentvolumes",
        "poddisruptionbudgets",
        "pods",
        "prioritylevelconfigurations",
        "replicasets",
        "replicationcontrollers",
        "resourceclaims",
        "resourcequotas",
        "servicecidrs",
        "services",
        "statefulsets",
        "validatingadmissionpolicies",
        "volumeattachments",
    }
)
_CHANGED = ("get", "patch", "update")
_CREATED = ("create",)
_CONNECTED = ("create", "get")
_PROXIED = ("create", "delete", "get", "patch", "update")
_SCALE = Subresource("scale", "Scale", _CHANGED, "autoscaling", "v1")
_OTHERS: dict[str, tuple[Subresource, ...]] = {
    "certificatesigningrequests": (Subresource("approval", "CertificateSigningRequest", _CHANGED),),
    "deployments": (_SCALE,),
    "namespaces": (Subresource("finalize", "Namespace", ("update",)),),
    "nodes": (Subresource("proxy", "NodeProxyOptions", _PROXIED),),
    "pods": (
        Subresource("attach", "PodAttachOptions", _CONNECTED),
        Subresource("binding", "Binding", _CREATED),
        Subresource("ephemeralcontainers", "Pod", _CHANGED),
        Subresource("eviction", "Eviction", _CREATED, "policy", "v1"),
        Subresource("exec", "PodExecOptions", _CONNECTED),
        Subresource("log", "Pod", ("get",)),
        Subresource("portforward", "PodPortForwardOptions", _CONNECTED),
        Subresource("proxy", "PodProxyOptions", _PROXIED),
        Subresource("resize", "Pod", _CHANGED),
    ),
    "replicasets": (_SCALE,),
    "replicationcontrollers": (_SCALE,),
    "serviceaccounts": (Subresource("token", "TokenRequest", _CREATED, "authentication.k8s.io", "v1"),),
    "services": (Subresource("proxy", "ServiceProxyOptions", _PROXIED),),
    "statefulsets": (_SCALE,),
}


def _storage_hash(resource: ResourceType) -> str:
    conversion = conversion_of(resource.group_version, resource.plural)
    group, _, version = (conversion.stored if conversion is not None else resource.group_version).rpartition("/")
    return storage_hash(group, version, resource.kind)


def _served(resource: ResourceType) -> Served:
    plural = resource.plural
    asked_only = resource.kind.endswith("Review") or resource.kind == "Binding"
    subresources = list(_OTHERS.get(plural, ()))
    if plural in _WITH_STATUS:
        subresources.append(Subresource("status", resource.kind, _CHANGED))
    categories: tuple[str, ...] = ("all",) if plural in _IN_ALL else ()
    if resource.group in _EXTENSION_GROUPS:
        categories = ("api-extensions",)
    return Served(
        plural=plural,
        kind=resource.kind,
        namespaced=resource.namespaced,
        singular=resource.singular,
        verbs=_CREATED if asked_only else _VERBS.get(plural, STANDARD_VERBS),
        short_names=_SHORT_NAMES.get(plural, ()),
        categories=categories,
        subresources=tuple(sorted(subresources, key=lambda each: each.name)),
        storage_hash="" if asked_only or plural == "componentstatuses" else _storage_hash(resource),
    )


def groups() -> list[Group]:
    """Every group this server brings along, the core group first."""
    found: dict[tuple[str, str], list[Served]] = {}
    for resource in RESOURCES:
        found.setdefault((resource.group, resource.version), []).append(_served(resource))
    made = []
    for place, name in enumerate(("", *_GROUPS)):
        versions = _PREFERRED.get(name) or tuple(version for group, version in found if group == name)
        listed = tuple(GroupVersion(version, tuple(found[name, version]), priority=_PRIORITY) for version in versions)
        made.append(Group(name, listed, _FIRST_PRIORITY - place))
    return made
