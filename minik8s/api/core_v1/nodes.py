"""Core v1 nodes."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.core_v1.containers import ContainerImage
from minik8s.api.fields import F, Int32, Int64, NoneType, Quantity, Struct, Time, always, field
from minik8s.api.objects import ListObject, Object


class AttachedVolume(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.AttachedVolume"
    name: Annotated[str, F(1, required=True)] = always(str)
    device_path: Annotated[str, F(2, required=True)] = always(str)


class ConfigMapNodeConfigSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ConfigMapNodeConfigSource"
    namespace: Annotated[str, F(1, required=True)] = always(str)
    name: Annotated[str, F(2, required=True)] = always(str)
    uid: Annotated[str, F(3)] = ""
    resource_version: Annotated[str, F(4)] = ""
    kubelet_config_key: Annotated[str, F(5, required=True)] = always(str)


class DaemonEndpoint(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.DaemonEndpoint"
    port: Annotated[Int32, F(1, required=True)] = always(int, name="Port")


class NodeSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeSpec"
    pod_cidr: Annotated[str, F(1)] = field(default="", name="podCIDR")
    external_id: Annotated[str, F(2)] = field(default="", name="externalID")
    provider_id: Annotated[str, F(3)] = field(default="", name="providerID")
    unschedulable: Annotated[bool, F(4)] = False
    taints: Annotated[list[Taint], F(5, list_type="atomic")] = []
    config_source: Annotated[NodeConfigSource | None, F(6)] = None
    pod_cidrs: Annotated[list[str], F(7, patch="merge", list_type="set")] = field(default_factory=list, name="podCIDRs")


class NodeDaemonEndpoints(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeDaemonEndpoints"
    kubelet_endpoint: Annotated[DaemonEndpoint, F(1)] = always(DaemonEndpoint)


class NodeSystemInfo(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeSystemInfo"
    machine_id: Annotated[str, F(1, required=True)] = always(str, name="machineID")
    system_uuid: Annotated[str, F(2, required=True)] = always(str, name="systemUUID")
    boot_id: Annotated[str, F(3, required=True)] = always(str, name="bootID")
    kernel_version: Annotated[str, F(4, required=True)] = always(str)
    os_image: Annotated[str, F(5, required=True)] = always(str)
    container_runtime_version: Annotated[str, F(6, required=True)] = always(str)
    kubelet_version: Annotated[str, F(7, required=True)] = always(str)
    kube_proxy_version: Annotated[str, F(8, required=True)] = always(str)
    operating_system: Annotated[str, F(9, required=True)] = always(str)
    architecture: Annotated[str, F(10, required=True)] = always(str)
    swap: Annotated[NodeSwapStatus | None, F(11)] = None


class NodeStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeStatus"
    capacity: Annotated[dict[str, Quantity], F(1)] = {}
    allocatable: Annotated[dict[str, Quantity], F(2)] = {}
    phase: Annotated[str, F(3, enum=("Pending", "Running", "Terminated",))] = ""
    conditions: Annotated[list[NodeCondition], F(4, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []
    addresses: Annotated[list[NodeAddress], F(5, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []
    daemon_endpoints: Annotated[NodeDaemonEndpoints, F(6)] = always(NodeDaemonEndpoints)
    node_info: Annotated[NodeSystemInfo, F(7)] = always(NodeSystemInfo)
    images: Annotated[list[ContainerImage], F(8, list_type="atomic")] = []
    volumes_in_use: Annotated[list[str], F(9, list_type="atomic")] = []
    volumes_attached: Annotated[list[AttachedVolume], F(10, list_type="atomic")] = []
    config: Annotated[NodeConfigStatus | None, F(11)] = None
    runtime_handlers: Annotated[list[NodeRuntimeHandler], F(12, list_type="atomic")] = []
    features: Annotated[NodeFeatures | None, F(13)] = None
    declared_features: Annotated[list[str], F(14, list_type="atomic")] = []


class Node(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Node"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Node")
    spec: Annotated[NodeSpec, F(2)] = always(NodeSpec)
    status: Annotated[NodeStatus, F(3)] = always(NodeStatus)


class NodeAddress(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeAddress"
    type: Annotated[str, F(1, required=True)] = always(str)
    address: Annotated[str, F(2, required=True)] = always(str)


class NodeAllocatableResourceClaimStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeAllocatableResourceClaimStatus"
    resource_claim_name: Annotated[str, F(1, required=True)] = always(str)
    containers: Annotated[list[str], F(2, list_type="set")] = []
    resources: Annotated[dict[str, Quantity], F(3, required=True)] = always(dict)


class NodeCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_heartbeat_time: Annotated[Time | None, F(3)] = always(NoneType)
    last_transition_time: Annotated[Time | None, F(4)] = always(NoneType)
    reason: Annotated[str, F(5)] = ""
    message: Annotated[str, F(6)] = ""


class NodeConfigSource(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeConfigSource"
    config_map: Annotated[ConfigMapNodeConfigSource | None, F(2)] = None


class NodeConfigStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeConfigStatus"
    assigned: Annotated[NodeConfigSource | None, F(1)] = None
    active: Annotated[NodeConfigSource | None, F(2)] = None
    last_known_good: Annotated[NodeConfigSource | None, F(3)] = None
    error: Annotated[str, F(4)] = ""


class NodeFeatures(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeFeatures"
    supplemental_groups_policy: Annotated[bool | None, F(1)] = None


class NodeList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "NodeList")
    items: Annotated[list[Node], F(2, required=True)] = always(list)


class NodeRuntimeHandler(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeRuntimeHandler"
    name: Annotated[str, F(1, default="")] = always(str)
    features: Annotated[NodeRuntimeHandlerFeatures | None, F(2)] = None


class NodeRuntimeHandlerFeatures(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeRuntimeHandlerFeatures"
    recursive_read_only_mounts: Annotated[bool | None, F(1)] = None
    user_namespaces: Annotated[bool | None, F(2)] = None


class NodeSwapStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.NodeSwapStatus"
    capacity: Annotated[Int64 | None, F(1)] = None


class Taint(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Taint"
    key: Annotated[str, F(1, required=True)] = always(str)
    value: Annotated[str, F(2)] = ""
    effect: Annotated[str, F(3, required=True, enum=("NoExecute", "NoSchedule", "PreferNoSchedule",))] = always(str)
    time_added: Annotated[Time | None, F(4)] = None
