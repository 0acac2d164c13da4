"""Kind <-> type <-> resource: which REST resources exist and which Python type stands for each.

Types are imported when first asked for, so that a process pays only for the groups it uses.
"""

from __future__ import annotations

import dataclasses
import importlib
from functools import cache

from minik8s.api.fields import Struct


@dataclasses.dataclass(frozen=True, slots=True)
class ResourceType:
    """One resource: `module` is the model's module, `plural` its name in URLs."""

    module: str
    group_version: str
    plural: str
    kind: str
    singular: str
    namespaced: bool

    @property
    def group(self) -> str:
        """The API group; "" is the core group."""
        return self.group_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version within the group."""
        return self.group_version.rpartition("/")[2]


RESOURCES: tuple[ResourceType, ...] = (
    ResourceType("admissionregistration_v1", "admissionregistration.k8s.io/v1", "mutatingadmissionpolicies", "MutatingAdmissionPolicy", "mutatingadmissionpolicy", namespaced=False),
    ResourceType("admissionregistration_v1", "admissionregistration.k8s.io/v1", "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybinding", namespaced=False),
    ResourceType("admissionregistration_v1", "admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "mutatingwebhookconfiguration", namespaced=False),
    ResourceType("admissionregistration_v1", "admissionregistration.k8s.io/v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", "validatingadmissionpolicy", namespaced=False),
    ResourceType("admissionregistration_v1", "admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybinding", namespaced=False),
    ResourceType("admissionregistration_v1", "admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "validatingwebhookconfiguration", namespaced=False),
    ResourceType("apiextensions_v1", "apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", "customresourcedefinition", namespaced=False),
    ResourceType("apiregistration_v1", "apiregistration.k8s.io/v1", "apiservices", "APIService", "apiservice", namespaced=False),
    ResourceType("apps_v1", "apps/v1", "controllerrevisions", "ControllerRevision", "controllerrevision", namespaced=True),
    ResourceType("apps_v1", "apps/v1", "daemonsets", "DaemonSet", "daemonset", namespaced=True),
    ResourceType("apps_v1", "apps/v1", "deployments", "Deployment", "deployment", namespaced=True),
    ResourceType("apps_v1", "apps/v1", "replicasets", "ReplicaSet", "replicaset", namespaced=True),
    ResourceType("apps_v1", "apps/v1", "statefulsets", "StatefulSet", "statefulset", namespaced=True),
    ResourceType("authentication_v1", "authentication.k8s.io/v1", "selfsubjectreviews", "SelfSubjectReview", "selfsubjectreview", namespaced=False),
    ResourceType("authentication_v1", "authentication.k8s.io/v1", "tokenreviews", "TokenReview", "tokenreview", namespaced=False),
    ResourceType("authorization_v1", "authorization.k8s.io/v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", "localsubjectaccessreview", namespaced=True),
    ResourceType("authorization_v1", "authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", "selfsubjectaccessreview", namespaced=False),
    ResourceType("authorization_v1", "authorization.k8s.io/v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", "selfsubjectrulesreview", namespaced=False),
    ResourceType("authorization_v1", "authorization.k8s.io/v1", "subjectaccessreviews", "SubjectAccessReview", "subjectaccessreview", namespaced=False),
    ResourceType("autoscaling_v1", "autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "horizontalpodautoscaler", namespaced=True),
    ResourceType("autoscaling_v2", "autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "horizontalpodautoscaler", namespaced=True),
    ResourceType("batch_v1", "batch/v1", "cronjobs", "CronJob", "cronjob", namespaced=True),
    ResourceType("batch_v1", "batch/v1", "jobs", "Job", "job", namespaced=True),
    ResourceType("certificates_v1", "certificates.k8s.io/v1", "certificatesigningrequests", "CertificateSigningRequest", "certificatesigningrequest", namespaced=False),
    ResourceType("coordination_v1", "coordination.k8s.io/v1", "leases", "Lease", "lease", namespaced=True),
    ResourceType("discovery_v1", "discovery.k8s.io/v1", "endpointslices", "EndpointSlice", "endpointslice", namespaced=True),
    ResourceType("events_v1", "events.k8s.io/v1", "events", "Event", "event", namespaced=True),
    ResourceType("flowcontrol_v1", "flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema", "flowschema", namespaced=False),
    ResourceType("flowcontrol_v1", "flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", "prioritylevelconfiguration", namespaced=False),
    ResourceType("networking_v1", "networking.k8s.io/v1", "ingressclasses", "IngressClass", "ingressclass", namespaced=False),
    ResourceType("networking_v1", "networking.k8s.io/v1", "ingresses", "Ingress", "ingress", namespaced=True),
    ResourceType("networking_v1", "networking.k8s.io/v1", "ipaddresses", "IPAddress", "ipaddress", namespaced=False),
    ResourceType("networking_v1", "networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", "networkpolicy", namespaced=True),
    ResourceType("networking_v1", "networking.k8s.io/v1", "servicecidrs", "ServiceCIDR", "servicecidr", namespaced=False),
    ResourceType("node_v1", "node.k8s.io/v1", "runtimeclasses", "RuntimeClass", "runtimeclass", namespaced=False),
    ResourceType("policy_v1", "policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", "poddisruptionbudget", namespaced=True),
    ResourceType("rbac_v1", "rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", "clusterrolebinding", namespaced=False),
    ResourceType("rbac_v1", "rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", "clusterrole", namespaced=False),
    ResourceType("rbac_v1", "rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", "rolebinding", namespaced=True),
    ResourceType("rbac_v1", "rbac.authorization.k8s.io/v1", "roles", "Role", "role", namespaced=True),
    ResourceType("resource_v1", "resource.k8s.io/v1", "deviceclasses", "DeviceClass", "deviceclass", namespaced=False),
    ResourceType("resource_v1", "resource.k8s.io/v1", "resourceclaims", "ResourceClaim", "resourceclaim", namespaced=True),
    ResourceType("resource_v1", "resource.k8s.io/v1", "resourceclaimtemplates", "ResourceClaimTemplate", "resourceclaimtemplate", namespaced=True),
    ResourceType("resource_v1", "resource.k8s.io/v1", "resourceslices", "ResourceSlice", "resourceslice", namespaced=False),
    ResourceType("scheduling_v1", "scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", "priorityclass", namespaced=False),
    ResourceType("storage_v1", "storage.k8s.io/v1", "csidrivers", "CSIDriver", "csidriver", namespaced=False),
    ResourceType("storage_v1", "storage.k8s.io/v1", "csinodes", "CSINode", "csinode", namespaced=False),
    ResourceType("storage_v1", "storage.k8s.io/v1", "csistoragecapacities", "CSIStorageCapacity", "csistoragecapacity", namespaced=True),
    ResourceType("storage_v1", "storage.k8s.io/v1", "storageclasses", "StorageClass", "storageclass", namespaced=False),
    ResourceType("storage_v1", "storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", "volumeattachment", namespaced=False),
    ResourceType("storage_v1", "storage.k8s.io/v1", "volumeattributesclasses", "VolumeAttributesClass", "volumeattributesclass", namespaced=False),
    ResourceType("core_v1", "v1", "bindings", "Binding", "binding", namespaced=True),
    ResourceType("core_v1", "v1", "componentstatuses", "ComponentStatus", "componentstatus", namespaced=False),
    ResourceType("core_v1", "v1", "configmaps", "ConfigMap", "configmap", namespaced=True),
    ResourceType("core_v1", "v1", "endpoints", "Endpoints", "endpoints", namespaced=True),
    ResourceType("core_v1", "v1", "events", "Event", "event", namespaced=True),
    ResourceType("core_v1", "v1", "limitranges", "LimitRange", "limitrange", namespaced=True),
    ResourceType("core_v1", "v1", "namespaces", "Namespace", "namespace", namespaced=False),
    ResourceType("core_v1", "v1", "nodes", "Node", "node", namespaced=False),
    ResourceType("core_v1", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "persistentvolumeclaim", namespaced=True),
    ResourceType("core_v1", "v1", "persistentvolumes", "PersistentVolume", "persistentvolume", namespaced=False),
    ResourceType("core_v1", "v1", "pods", "Pod", "pod", namespaced=True),
    ResourceType("core_v1", "v1", "podtemplates", "PodTemplate", "podtemplate", namespaced=True),
    ResourceType("core_v1", "v1", "replicationcontrollers", "ReplicationController", "replicationcontroller", namespaced=True),
    ResourceType("core_v1", "v1", "resourcequotas", "ResourceQuota", "resourcequota", namespaced=True),
    ResourceType("core_v1", "v1", "secrets", "Secret", "secret", namespaced=True),
    ResourceType("core_v1", "v1", "serviceaccounts", "ServiceAccount", "serviceaccount", namespaced=True),
    ResourceType("core_v1", "v1", "services", "Service", "service", namespaced=True),
)


@cache
def _by_kind() -> dict[tuple[str, str], ResourceType]:
    return {(r.group_version, r.kind): r for r in RESOURCES}


@cache
def _by_plural() -> dict[tuple[str, str], ResourceType]:
    return {(r.group_version, r.plural): r for r in RESOURCES}


def resource_for_kind(group_version: str, kind: str) -> ResourceType | None:
    """The resource that serves `kind` of `group_version` ("apps/v1", "v1"), or None."""
    return _by_kind().get((group_version, kind))


def resource_for_plural(group_version: str, plural: str) -> ResourceType | None:
    """The resource with that URL name, or None."""
    return _by_plural().get((group_version, plural))


@cache
def type_of(resource: ResourceType) -> type[Struct]:
    """The Python type of a resource's kind."""
    found = getattr(importlib.import_module(f"minik8s.api.{resource.module}"), resource.kind)
    assert isinstance(found, type) and issubclass(found, Struct)
    return found
