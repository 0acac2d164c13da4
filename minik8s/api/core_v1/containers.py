"""Core v1 containers."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.references import LocalObjectReference
from minik8s.api.fields import (
    F,
    Int32,
    Int64,
    IntOrString,
    NoneType,
    NullableList,
    Quantity,
    Struct,
    Time,
    Union,
    always,
    field,
    nullable,
)


class AppArmorProfile(Struct):
    UNIONS: ClassVar[tuple[Union, ...]] = (Union('type', {'localhostProfile': 'LocalhostProfile'}),)
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.AppArmorProfile"
    type: Annotated[str, F(1, required=True, enum=("Localhost", "RuntimeDefault", "Unconfined",))] = always(str)
    localhost_profile: Annotated[str | None, F(2)] = None


class Capabilities(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Capabilities"
    add: Annotated[list[str], F(1, list_type="atomic")] = []
    drop: Annotated[list[str], F(2, list_type="atomic")] = []


class ConfigMapEnvSource(LocalObjectReference):
    INLINE: ClassVar[dict[str, int]] = {"LocalObjectReference": 1}
    MAP_TYPE: ClassVar[str] = ""
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ConfigMapEnvSource"
    optional: Annotated[bool | None, F(2)] = None


class ConfigMapKeySelector(LocalObjectReference):
    INLINE: ClassVar[dict[str, int]] = {"LocalObjectReference": 1}
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ConfigMapKeySelector"
    key: Annotated[str, F(2, required=True)] = always(str)
    optional: Annotated[bool | None, F(3)] = None


class ResourceRequirements(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceRequirements"
    limits: Annotated[dict[str, Quantity], F(1)] = {}
    requests: Annotated[dict[str, Quantity], F(2)] = {}
    claims: Annotated[list[ResourceClaim], F(3, list_type="map", list_map_keys=("name",))] = []


class Container(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Container"
    name: Annotated[str, F(1, required=True)] = always(str)
    image: Annotated[str, F(2)] = ""
    command: Annotated[list[str], F(3, list_type="atomic")] = []
    args: Annotated[list[str], F(4, list_type="atomic")] = []
    working_dir: Annotated[str, F(5)] = ""
    ports: Annotated[list[ContainerPort], F(6, patch="merge", merge_key="containerPort", list_type="map", list_map_keys=("containerPort", "protocol",))] = []
    env: Annotated[list[EnvVar], F(7, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    resources: Annotated[ResourceRequirements, F(8)] = always(ResourceRequirements)
    volume_mounts: Annotated[list[VolumeMount], F(9, patch="merge", merge_key="mountPath", list_type="map", list_map_keys=("mountPath",))] = []
    liveness_probe: Annotated[Probe | None, F(10)] = None
    readiness_probe: Annotated[Probe | None, F(11)] = None
    lifecycle: Annotated[Lifecycle | None, F(12)] = None
    termination_message_path: Annotated[str, F(13)] = ""
    image_pull_policy: Annotated[str, F(14, enum=("Always", "IfNotPresent", "Never",))] = ""
    security_context: Annotated[SecurityContext | None, F(15)] = None
    stdin: Annotated[bool, F(16)] = False
    stdin_once: Annotated[bool, F(17)] = False
    tty: Annotated[bool, F(18)] = False
    env_from: Annotated[list[EnvFromSource], F(19, list_type="atomic")] = []
    termination_message_policy: Annotated[str, F(20, enum=("FallbackToLogsOnError", "File",))] = ""
    volume_devices: Annotated[list[VolumeDevice], F(21, patch="merge", merge_key="devicePath", list_type="map", list_map_keys=("devicePath",))] = []
    startup_probe: Annotated[Probe | None, F(22)] = None
    resize_policy: Annotated[list[ContainerResizePolicy], F(23, list_type="atomic")] = []
    restart_policy: Annotated[str | None, F(24)] = None
    restart_policy_rules: Annotated[list[ContainerRestartRule], F(25, list_type="atomic")] = []


class ContainerExtendedResourceRequest(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerExtendedResourceRequest"
    container_name: Annotated[str, F(1, required=True)] = always(str)
    resource_name: Annotated[str, F(2, required=True)] = always(str)
    request_name: Annotated[str, F(3, required=True)] = always(str)


class ContainerImage(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerImage"
    names: Annotated[NullableList[str], F(1, list_type="atomic")] = nullable()
    size_bytes: Annotated[Int64, F(2)] = 0


class ContainerPort(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerPort"
    name: Annotated[str, F(1)] = ""
    host_port: Annotated[Int32, F(2)] = 0
    container_port: Annotated[Int32, F(3, required=True)] = always(int)
    protocol: Annotated[str, F(4, enum=("SCTP", "TCP", "UDP",), default='TCP')] = ""
    host_ip: Annotated[str, F(5)] = field(default="", name="hostIP")


class ContainerResizePolicy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerResizePolicy"
    resource_name: Annotated[str, F(1, required=True)] = always(str)
    restart_policy: Annotated[str, F(2, required=True)] = always(str)


class ContainerRestartRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerRestartRule"
    action: Annotated[str, F(1, required=True)] = ""
    exit_codes: Annotated[ContainerRestartRuleOnExitCodes | None, F(2)] = None


class ContainerRestartRuleOnExitCodes(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerRestartRuleOnExitCodes"
    operator: Annotated[str, F(1, required=True)] = ""
    values: Annotated[list[Int32], F(2, list_type="set")] = []


class ContainerState(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerState"
    waiting: Annotated[ContainerStateWaiting | None, F(1)] = None
    running: Annotated[ContainerStateRunning | None, F(2)] = None
    terminated: Annotated[ContainerStateTerminated | None, F(3)] = None


class ContainerStateRunning(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerStateRunning"
    started_at: Annotated[Time | None, F(1)] = always(NoneType)


class ContainerStateTerminated(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerStateTerminated"
    exit_code: Annotated[Int32, F(1, required=True)] = always(int)
    signal: Annotated[Int32, F(2)] = 0
    reason: Annotated[str, F(3)] = ""
    message: Annotated[str, F(4)] = ""
    started_at: Annotated[Time | None, F(5)] = always(NoneType)
    finished_at: Annotated[Time | None, F(6)] = always(NoneType)
    container_id: Annotated[str, F(7)] = field(default="", name="containerID")


class ContainerStateWaiting(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerStateWaiting"
    reason: Annotated[str, F(1)] = ""
    message: Annotated[str, F(2)] = ""


class ContainerStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerStatus"
    name: Annotated[str, F(1, required=True)] = always(str)
    state: Annotated[ContainerState, F(2)] = always(ContainerState)
    last_state: Annotated[ContainerState, F(3)] = always(ContainerState)
    ready: Annotated[bool, F(4, required=True)] = always(bool)
    restart_count: Annotated[Int32, F(5, required=True)] = always(int)
    image: Annotated[str, F(6, required=True)] = always(str)
    image_id: Annotated[str, F(7, required=True)] = always(str, name="imageID")
    container_id: Annotated[str, F(8)] = field(default="", name="containerID")
    started: Annotated[bool | None, F(9)] = None
    allocated_resources: Annotated[dict[str, Quantity], F(10)] = {}
    resources: Annotated[ResourceRequirements | None, F(11)] = None
    volume_mounts: Annotated[list[VolumeMountStatus], F(12, patch="merge", merge_key="mountPath", list_type="map", list_map_keys=("mountPath",))] = []
    user: Annotated[ContainerUser | None, F(13)] = None
    allocated_resources_status: Annotated[list[ResourceStatus], F(14, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    stop_signal: Annotated[str | None, F(15, enum=("SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGRTMAX", "SIGRTMAX-1", "SIGRTMAX-10", "SIGRTMAX-11", "SIGRTMAX-12", "SIGRTMAX-13", "SIGRTMAX-14", "SIGRTMAX-2", "SIGRTMAX-3", "SIGRTMAX-4", "SIGRTMAX-5", "SIGRTMAX-6", "SIGRTMAX-7", "SIGRTMAX-8", "SIGRTMAX-9", "SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+2", "SIGRTMIN+3", "SIGRTMIN+4", "SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", "SIGRTMIN+9", "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",))] = None


class ContainerUser(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ContainerUser"
    linux: Annotated[LinuxContainerUser | None, F(1)] = None


class EnvFromSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EnvFromSource"
    prefix: Annotated[str, F(1)] = ""
    config_map_ref: Annotated[ConfigMapEnvSource | None, F(2)] = None
    secret_ref: Annotated[SecretEnvSource | None, F(3)] = None


class EnvVar(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EnvVar"
    name: Annotated[str, F(1, required=True)] = always(str)
    value: Annotated[str, F(2)] = ""
    value_from: Annotated[EnvVarSource | None, F(3)] = None


class EnvVarSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EnvVarSource"
    field_ref: Annotated[ObjectFieldSelector | None, F(1)] = None
    resource_field_ref: Annotated[ResourceFieldSelector | None, F(2)] = None
    config_map_key_ref: Annotated[ConfigMapKeySelector | None, F(3)] = None
    secret_key_ref: Annotated[SecretKeySelector | None, F(4)] = None
    file_key_ref: Annotated[FileKeySelector | None, F(5)] = None


class EphemeralContainerCommon(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EphemeralContainerCommon"
    name: Annotated[str, F(1, required=True)] = always(str)
    image: Annotated[str, F(2)] = ""
    command: Annotated[list[str], F(3, list_type="atomic")] = []
    args: Annotated[list[str], F(4, list_type="atomic")] = []
    working_dir: Annotated[str, F(5)] = ""
    ports: Annotated[list[ContainerPort], F(6, patch="merge", merge_key="containerPort", list_type="map", list_map_keys=("containerPort", "protocol",))] = []
    env: Annotated[list[EnvVar], F(7, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    resources: Annotated[ResourceRequirements, F(8)] = always(ResourceRequirements)
    volume_mounts: Annotated[list[VolumeMount], F(9, patch="merge", merge_key="mountPath", list_type="map", list_map_keys=("mountPath",))] = []
    liveness_probe: Annotated[Probe | None, F(10)] = None
    readiness_probe: Annotated[Probe | None, F(11)] = None
    lifecycle: Annotated[Lifecycle | None, F(12)] = None
    termination_message_path: Annotated[str, F(13)] = ""
    image_pull_policy: Annotated[str, F(14, enum=("Always", "IfNotPresent", "Never",))] = ""
    security_context: Annotated[SecurityContext | None, F(15)] = None
    stdin: Annotated[bool, F(16)] = False
    stdin_once: Annotated[bool, F(17)] = False
    tty: Annotated[bool, F(18)] = False
    env_from: Annotated[list[EnvFromSource], F(19, list_type="atomic")] = []
    termination_message_policy: Annotated[str, F(20, enum=("FallbackToLogsOnError", "File",))] = ""
    volume_devices: Annotated[list[VolumeDevice], F(21, patch="merge", merge_key="devicePath", list_type="map", list_map_keys=("devicePath",))] = []
    startup_probe: Annotated[Probe | None, F(22)] = None
    resize_policy: Annotated[list[ContainerResizePolicy], F(23, list_type="atomic")] = []
    restart_policy: Annotated[str | None, F(24)] = None
    restart_policy_rules: Annotated[list[ContainerRestartRule], F(25, list_type="atomic")] = []


class EphemeralContainer(EphemeralContainerCommon):
    INLINE: ClassVar[dict[str, int]] = {"EphemeralContainerCommon": 1}
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.EphemeralContainer"
    target_container_name: Annotated[str, F(2)] = ""


class ExecAction(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ExecAction"
    command: Annotated[list[str], F(1, list_type="atomic")] = []


class FileKeySelector(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.FileKeySelector"
    volume_name: Annotated[str, F(1, required=True)] = always(str)
    path: Annotated[str, F(2, required=True)] = always(str)
    key: Annotated[str, F(3, required=True)] = always(str)
    optional: Annotated[bool | None, F(4, default=False)] = None


class GRPCAction(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.GRPCAction"
    port: Annotated[Int32, F(1, required=True)] = always(int)
    service: Annotated[str | None, F(2, default="")] = always(NoneType)


class HTTPGetAction(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.HTTPGetAction"
    path: Annotated[str, F(1)] = ""
    port: Annotated[IntOrString, F(2, required=True)] = always(int)
    host: Annotated[str, F(3)] = ""
    scheme: Annotated[str, F(4, enum=("HTTP", "HTTPS",))] = ""
    http_headers: Annotated[list[HTTPHeader], F(5, list_type="atomic")] = []


class HTTPHeader(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.HTTPHeader"
    name: Annotated[str, F(1, required=True)] = always(str)
    value: Annotated[str, F(2, required=True)] = always(str)


class ImageVolumeStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ImageVolumeStatus"
    image_ref: Annotated[str, F(1, required=True)] = ""


class Lifecycle(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Lifecycle"
    post_start: Annotated[LifecycleHandler | None, F(1)] = None
    pre_stop: Annotated[LifecycleHandler | None, F(2)] = None
    stop_signal: Annotated[str | None, F(3, enum=("SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGRTMAX", "SIGRTMAX-1", "SIGRTMAX-10", "SIGRTMAX-11", "SIGRTMAX-12", "SIGRTMAX-13", "SIGRTMAX-14", "SIGRTMAX-2", "SIGRTMAX-3", "SIGRTMAX-4", "SIGRTMAX-5", "SIGRTMAX-6", "SIGRTMAX-7", "SIGRTMAX-8", "SIGRTMAX-9", "SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+2", "SIGRTMIN+3", "SIGRTMIN+4", "SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", "SIGRTMIN+9", "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ",))] = None


class LifecycleHandler(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LifecycleHandler"
    exec: Annotated[ExecAction | None, F(1)] = None
    http_get: Annotated[HTTPGetAction | None, F(2)] = None
    tcp_socket: Annotated[TCPSocketAction | None, F(3)] = None
    sleep: Annotated[SleepAction | None, F(4)] = None


class LinuxContainerUser(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.LinuxContainerUser"
    uid: Annotated[Int64, F(1, required=True)] = always(int)
    gid: Annotated[Int64, F(2, required=True)] = always(int)
    supplemental_groups: Annotated[list[Int64], F(3, list_type="atomic")] = []


class ObjectFieldSelector(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ObjectFieldSelector"
    api_version: Annotated[str, F(1)] = ""
    field_path: Annotated[str, F(2, required=True)] = always(str)


class ProbeHandler(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ProbeHandler"
    exec: Annotated[ExecAction | None, F(1)] = None
    http_get: Annotated[HTTPGetAction | None, F(2)] = None
    tcp_socket: Annotated[TCPSocketAction | None, F(3)] = None
    grpc: Annotated[GRPCAction | None, F(4)] = None


class Probe(ProbeHandler):
    INLINE: ClassVar[dict[str, int]] = {"ProbeHandler": 1}
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Probe"
    initial_delay_seconds: Annotated[Int32, F(2)] = 0
    timeout_seconds: Annotated[Int32, F(3)] = 0
    period_seconds: Annotated[Int32, F(4)] = 0
    success_threshold: Annotated[Int32, F(5)] = 0
    failure_threshold: Annotated[Int32, F(6)] = 0
    termination_grace_period_seconds: Annotated[Int64 | None, F(7)] = None


class ResourceClaim(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceClaim"
    name: Annotated[str, F(1, required=True)] = always(str)
    request: Annotated[str, F(2)] = ""


class ResourceFieldSelector(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceFieldSelector"
    container_name: Annotated[str, F(1)] = ""
    resource: Annotated[str, F(2, required=True)] = always(str)
    divisor: Annotated[Quantity, F(3)] = always(str)


class ResourceHealth(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceHealth"
    resource_id: Annotated[str, F(1, required=True)] = always(str, name="resourceID")
    health: Annotated[str, F(2)] = ""
    message: Annotated[str | None, F(6)] = None


class ResourceStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ResourceStatus"
    name: Annotated[str, F(1, required=True)] = always(str)
    resources: Annotated[list[ResourceHealth], F(2, list_type="map", list_map_keys=("resourceID",))] = []


class SELinuxOptions(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SELinuxOptions"
    user: Annotated[str, F(1)] = ""
    role: Annotated[str, F(2)] = ""
    type: Annotated[str, F(3)] = ""
    level: Annotated[str, F(4)] = ""


class SeccompProfile(Struct):
    UNIONS: ClassVar[tuple[Union, ...]] = (Union('type', {'localhostProfile': 'LocalhostProfile'}),)
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SeccompProfile"
    type: Annotated[str, F(1, required=True, enum=("Localhost", "RuntimeDefault", "Unconfined",))] = always(str)
    localhost_profile: Annotated[str | None, F(2)] = None


class SecretEnvSource(LocalObjectReference):
    INLINE: ClassVar[dict[str, int]] = {"LocalObjectReference": 1}
    MAP_TYPE: ClassVar[str] = ""
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SecretEnvSource"
    optional: Annotated[bool | None, F(2)] = None


class SecretKeySelector(LocalObjectReference):
    INLINE: ClassVar[dict[str, int]] = {"LocalObjectReference": 1}
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SecretKeySelector"
    key: Annotated[str, F(2, required=True)] = always(str)
    optional: Annotated[bool | None, F(3)] = None


class SecurityContext(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SecurityContext"
    capabilities: Annotated[Capabilities | None, F(1)] = None
    privileged: Annotated[bool | None, F(2)] = None
    se_linux_options: Annotated[SELinuxOptions | None, F(3)] = None
    run_as_user: Annotated[Int64 | None, F(4)] = None
    run_as_non_root: Annotated[bool | None, F(5)] = None
    read_only_root_filesystem: Annotated[bool | None, F(6)] = None
    allow_privilege_escalation: Annotated[bool | None, F(7)] = None
    run_as_group: Annotated[Int64 | None, F(8)] = None
    proc_mount: Annotated[str | None, F(9, enum=("Default", "Unmasked",))] = None
    windows_options: Annotated[WindowsSecurityContextOptions | None, F(10)] = None
    seccomp_profile: Annotated[SeccompProfile | None, F(11)] = None
    app_armor_profile: Annotated[AppArmorProfile | None, F(12)] = None


class SleepAction(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SleepAction"
    seconds: Annotated[Int64, F(1, required=True)] = always(int)


class TCPSocketAction(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.TCPSocketAction"
    port: Annotated[IntOrString, F(1, required=True)] = always(int)
    host: Annotated[str, F(2)] = ""


class VolumeDevice(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeDevice"
    name: Annotated[str, F(1, required=True)] = always(str)
    device_path: Annotated[str, F(2, required=True)] = always(str)


class VolumeMount(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeMount"
    name: Annotated[str, F(1, required=True)] = always(str)
    read_only: Annotated[bool, F(2)] = False
    mount_path: Annotated[str, F(3, required=True)] = always(str)
    sub_path: Annotated[str, F(4)] = ""
    mount_propagation: Annotated[str | None, F(5, enum=("Bidirectional", "HostToContainer", "None",))] = None
    sub_path_expr: Annotated[str, F(6)] = ""
    recursive_read_only: Annotated[str | None, F(7)] = None


class VolumeMountStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeMountStatus"
    name: Annotated[str, F(1, required=True)] = always(str)
    mount_path: Annotated[str, F(2, required=True)] = always(str)
    read_only: Annotated[bool, F(3)] = False
    recursive_read_only: Annotated[str | None, F(4)] = None
    volume_status: Annotated[VolumeStatus | None, F(5)] = None


class VolumeStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.VolumeStatus"
    image: Annotated[ImageVolumeStatus | None, F(1)] = None


class WindowsSecurityContextOptions(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.WindowsSecurityContextOptions"
    gmsa_credential_spec_name: Annotated[str | None, F(1)] = None
    gmsa_credential_spec: Annotated[str | None, F(2)] = None
    run_as_user_name: Annotated[str | None, F(3)] = None
    host_process: Annotated[bool | None, F(4)] = None
