"""Core v1 pods."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.affinity import Affinity, TopologySpreadConstraint
from minik8s.api.core_v1.containers import (
    AppArmorProfile,
    Container,
    ContainerExtendedResourceRequest,
    ContainerStatus,
    EphemeralContainer,
    ResourceRequirements,
    SeccompProfile,
    SELinuxOptions,
    WindowsSecurityContextOptions,
)
from minik8s.api.core_v1.nodes import NodeAllocatableResourceClaimStatus
from minik8s.api.core_v1.references import LocalObjectReference, ObjectReference
from minik8s.api.core_v1.volumes import Volume
from minik8s.api.fields import F, Int32, Int64, NoneType, Quantity, Struct, Time, Union, always, field
from minik8s.api.objects import ListObject, Object


class Binding(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Binding"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Binding")
    target: Annotated[ObjectReference, F(2, required=True)] = always(ObjectReference)


class HostAlias(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.HostAlias"
    ip: Annotated[str, F(1, required=True)] = always(str)
    hostnames: Annotated[list[str], F(2, list_type="atomic")] = []


class HostIP(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.HostIP"
    ip: Annotated[str, F(1, required=True)] = always(str)


class PodSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodSpec"
    volumes: Annotated[list[Volume], F(1, patch="merge,retainKeys", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    containers: Annotated[list[Container], F(2, required=True, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = always(list)
    restart_policy: Annotated[str, F(3, enum=("Always", "Never", "OnFailure",))] = ""
    termination_grace_period_seconds: Annotated[Int64 | None, F(4)] = None
    active_deadline_seconds: Annotated[Int64 | None, F(5)] = None
    dns_policy: Annotated[str, F(6, enum=("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None",))] = ""
    node_selector: Annotated[dict[str, str], F(7, map_type="atomic")] = {}
    service_account_name: Annotated[str, F(8)] = ""
    service_account: Annotated[str, F(9)] = ""
    node_name: Annotated[str, F(10)] = ""
    host_network: Annotated[bool, F(11)] = False
    host_pid: Annotated[bool, F(12)] = field(default=False, name="hostPID")
    host_ipc: Annotated[bool, F(13)] = field(default=False, name="hostIPC")
    security_context: Annotated[PodSecurityContext | None, F(14)] = None
    image_pull_secrets: Annotated[list[LocalObjectReference], F(15, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    hostname: Annotated[str, F(16)] = ""
    subdomain: Annotated[str, F(17)] = ""
    affinity: Annotated[Affinity | None, F(18)] = None
    scheduler_name: Annotated[str, F(19)] = ""
    init_containers: Annotated[list[Container], F(20, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    automount_service_account_token: Annotated[bool | None, F(21)] = None
    tolerations: Annotated[list[Toleration], F(22, list_type="atomic")] = []
    host_aliases: Annotated[list[HostAlias], F(23, patch="merge", merge_key="ip", list_type="map", list_map_keys=("ip",))] = []
    priority_class_name: Annotated[str, F(24)] = ""
    priority: Annotated[Int32 | None, F(25)] = None
    dns_config: Annotated[PodDNSConfig | None, F(26)] = None
    share_process_namespace: Annotated[bool | None, F(27)] = None
    readiness_gates: Annotated[list[PodReadinessGate], F(28, list_type="atomic")] = []
    runtime_class_name: Annotated[str | None, F(29)] = None
    enable_service_links: Annotated[bool | None, F(30)] = None
    preemption_policy: Annotated[str | None, F(31, enum=("Never", "PreemptLowerPriority",))] = None
    overhead: Annotated[dict[str, Quantity], F(32)] = {}
    topology_spread_constraints: Annotated[list[TopologySpreadConstraint], F(33, patch="merge", merge_key="topologyKey", list_type="map", list_map_keys=("topologyKey", "whenUnsatisfiable",))] = []
    ephemeral_containers: Annotated[list[EphemeralContainer], F(34, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    set_hostname_as_fqdn: Annotated[bool | None, F(35)] = field(default=None, name="setHostnameAsFQDN")
    os: Annotated[PodOS | None, F(36)] = None
    host_users: Annotated[bool | None, F(37)] = None
    scheduling_gates: Annotated[list[PodSchedulingGate], F(38, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    resource_claims: Annotated[list[PodResourceClaim], F(39, patch="merge,retainKeys", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    resources: Annotated[ResourceRequirements | None, F(40)] = None
    hostname_override: Annotated[str | None, F(41)] = None
    scheduling_group: Annotated[PodSchedulingGroup | None, F(43)] = None


class PodStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodStatus"
    phase: Annotated[str, F(1, enum=("Failed", "Pending", "Running", "Succeeded", "Unknown",))] = ""
    conditions: Annotated[list[PodCondition], F(2, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []
    message: Annotated[str, F(3)] = ""
    reason: Annotated[str, F(4)] = ""
    host_ip: Annotated[str, F(5)] = field(default="", name="hostIP")
    pod_ip: Annotated[str, F(6)] = field(default="", name="podIP")
    start_time: Annotated[Time | None, F(7)] = None
    container_statuses: Annotated[list[ContainerStatus], F(8, list_type="atomic")] = []
    qos_class: Annotated[str, F(9, enum=("BestEffort", "Burstable", "Guaranteed",))] = ""
    init_container_statuses: Annotated[list[ContainerStatus], F(10, list_type="atomic")] = []
    nominated_node_name: Annotated[str, F(11)] = ""
    pod_ips: Annotated[list[PodIP], F(12, patch="merge", merge_key="ip", list_type="map", list_map_keys=("ip",))] = field(default_factory=list, name="podIPs")
    ephemeral_container_statuses: Annotated[list[ContainerStatus], F(13, list_type="atomic")] = []
    resize: Annotated[str, F(14)] = ""
    resource_claim_statuses: Annotated[list[PodResourceClaimStatus], F(15, patch="merge,retainKeys", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    host_ips: Annotated[list[HostIP], F(16, patch="merge", merge_key="ip", list_type="atomic")] = field(default_factory=list, name="hostIPs")
    observed_generation: Annotated[Int64, F(17)] = 0
    extended_resource_claim_status: Annotated[PodExtendedResourceClaimStatus | None, F(18)] = None
    allocated_resources: Annotated[dict[str, Quantity], F(19)] = {}
    resources: Annotated[ResourceRequirements | None, F(20)] = None
    node_allocatable_resource_claim_statuses: Annotated[list[NodeAllocatableResourceClaimStatus], F(21, list_type="atomic")] = []


class Pod(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Pod"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Pod")
    spec: Annotated[PodSpec, F(2)] = always(PodSpec)
    status: Annotated[PodStatus, F(3)] = always(PodStatus)


class PodCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_probe_time: Annotated[Time | None, F(3)] = always(NoneType)
    last_transition_time: Annotated[Time | None, F(4)] = always(NoneType)
    reason: Annotated[str, F(5)] = ""
    message: Annotated[str, F(6)] = ""
    observed_generation: Annotated[Int64, F(7)] = 0


class PodDNSConfig(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodDNSConfig"
    nameservers: Annotated[list[str], F(1, list_type="atomic")] = []
    searches: Annotated[list[str], F(2, list_type="atomic")] = []
    options: Annotated[list[PodDNSConfigOption], F(3, list_type="atomic")] = []


class PodDNSConfigOption(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodDNSConfigOption"
    name: Annotated[str, F(1)] = ""
    value: Annotated[str | None, F(2)] = None


class PodExtendedResourceClaimStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodExtendedResourceClaimStatus"
    request_mappings: Annotated[list[ContainerExtendedResourceRequest], F(1, required=True, list_type="atomic")] = always(list)
    resource_claim_name: Annotated[str, F(2, required=True)] = always(str)


class PodIP(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodIP"
    ip: Annotated[str, F(1, required=True)] = always(str)


class PodList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "PodList")
    items: Annotated[list[Pod], F(2, required=True)] = always(list)


class PodOS(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodOS"
    name: Annotated[str, F(1, required=True)] = always(str)


class PodReadinessGate(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodReadinessGate"
    condition_type: Annotated[str, F(1, required=True)] = always(str)


class PodResourceClaim(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodResourceClaim"
    name: Annotated[str, F(1, required=True)] = always(str)
    resource_claim_name: Annotated[str | None, F(3)] = None
    resource_claim_template_name: Annotated[str | None, F(4)] = None


class PodResourceClaimStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodResourceClaimStatus"
    name: Annotated[str, F(1, required=True)] = always(str)
    resource_claim_name: Annotated[str | None, F(2)] = None


class PodSchedulingGate(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodSchedulingGate"
    name: Annotated[str, F(1, required=True)] = always(str)


class PodSchedulingGroup(Struct):
    UNIONS: ClassVar[tuple[Union, ...]] = (Union(None, {'podGroupName': 'PodGroupName'}),)
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodSchedulingGroup"
    pod_group_name: Annotated[str | None, F(1)] = None


class PodSecurityContext(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodSecurityContext"
    se_linux_options: Annotated[SELinuxOptions | None, F(1)] = None
    run_as_user: Annotated[Int64 | None, F(2)] = None
    run_as_non_root: Annotated[bool | None, F(3)] = None
    supplemental_groups: Annotated[list[Int64], F(4, list_type="atomic")] = []
    fs_group: Annotated[Int64 | None, F(5)] = None
    run_as_group: Annotated[Int64 | None, F(6)] = None
    sysctls: Annotated[list[Sysctl], F(7, list_type="atomic")] = []
    windows_options: Annotated[WindowsSecurityContextOptions | None, F(8)] = None
    fs_group_change_policy: Annotated[str | None, F(9, enum=("Always", "OnRootMismatch",))] = None
    seccomp_profile: Annotated[SeccompProfile | None, F(10)] = None
    app_armor_profile: Annotated[AppArmorProfile | None, F(11)] = None
    supplemental_groups_policy: Annotated[str | None, F(12, enum=("Merge", "Strict",))] = None
    se_linux_change_policy: Annotated[str | None, F(13)] = None


class Sysctl(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Sysctl"
    name: Annotated[str, F(1, required=True)] = always(str)
    value: Annotated[str, F(2, required=True)] = always(str)


class Toleration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Toleration"
    key: Annotated[str, F(1)] = ""
    operator: Annotated[str, F(2, enum=("Equal", "Exists", "Gt", "Lt",))] = ""
    value: Annotated[str, F(3)] = ""
    effect: Annotated[str, F(4, enum=("NoExecute", "NoSchedule", "PreferNoSchedule",))] = ""
    toleration_seconds: Annotated[Int64 | None, F(5)] = None
