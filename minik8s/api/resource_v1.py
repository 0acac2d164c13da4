"""Kinds and types of API group version `resource.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1, meta_v1
from minik8s.api.fields import (
    F,
    Int64,
    MaybeJSON,
    NoneType,
    NullableList,
    Quantity,
    Struct,
    Time,
    always,
    field,
    nullable,
)
from minik8s.api.objects import ListObject, Object


class AllocatedDeviceStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.AllocatedDeviceStatus"
    driver: Annotated[str, F(1, required=True)] = always(str)
    pool: Annotated[str, F(2, required=True)] = always(str)
    device: Annotated[str, F(3, required=True)] = always(str)
    conditions: Annotated[NullableList[meta_v1.Condition], F(4, list_type="map", list_map_keys=("type",))] = nullable()
    data: Annotated[MaybeJSON, F(5)] = None
    network_data: Annotated[NetworkDeviceData | None, F(6)] = None
    share_id: Annotated[str | None, F(7)] = field(default=None, name="shareID")


class DeviceAllocationResult(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceAllocationResult"
    results: Annotated[list[DeviceRequestAllocationResult], F(1, list_type="atomic")] = []
    config: Annotated[list[DeviceAllocationConfiguration], F(2, list_type="atomic")] = []


class AllocationResult(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.AllocationResult"
    devices: Annotated[DeviceAllocationResult, F(1)] = always(DeviceAllocationResult)
    node_selector: Annotated[core_v1.NodeSelector | None, F(3)] = None
    allocation_timestamp: Annotated[Time | None, F(5)] = None


class CELDeviceSelector(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.CELDeviceSelector"
    expression: Annotated[str, F(1, required=True)] = always(str)


class CapacityRequestPolicy(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.CapacityRequestPolicy"
    default: Annotated[Quantity | None, F(1)] = always(NoneType)
    valid_values: Annotated[list[Quantity], F(3, list_type="atomic")] = []
    valid_range: Annotated[CapacityRequestPolicyRange | None, F(4)] = None


class CapacityRequestPolicyRange(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.CapacityRequestPolicyRange"
    min: Annotated[Quantity | None, F(1, required=True)] = None
    max: Annotated[Quantity | None, F(2)] = None
    step: Annotated[Quantity | None, F(3)] = None


class CapacityRequirements(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.CapacityRequirements"
    requests: Annotated[dict[str, Quantity], F(1)] = {}


class Counter(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.Counter"
    value: Annotated[Quantity, F(1, required=True)] = always(str)


class CounterSet(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.CounterSet"
    name: Annotated[str, F(1, required=True)] = always(str)
    counters: Annotated[dict[str, Counter], F(2, required=True)] = {}


class Device(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.Device"
    name: Annotated[str, F(1, required=True)] = always(str)
    attributes: Annotated[dict[str, DeviceAttribute], F(2)] = {}
    capacity: Annotated[dict[str, DeviceCapacity], F(3)] = {}
    consumes_counters: Annotated[list[DeviceCounterConsumption], F(4, list_type="atomic")] = []
    node_name: Annotated[str | None, F(5)] = None
    node_selector: Annotated[core_v1.NodeSelector | None, F(6)] = None
    all_nodes: Annotated[bool | None, F(7)] = None
    taints: Annotated[list[DeviceTaint], F(8, list_type="atomic")] = []
    binds_to_node: Annotated[bool | None, F(9)] = None
    binding_conditions: Annotated[list[str], F(10, list_type="atomic")] = []
    binding_failure_conditions: Annotated[list[str], F(11, list_type="atomic")] = []
    allow_multiple_allocations: Annotated[bool | None, F(12)] = None
    node_allocatable_resource_mappings: Annotated[dict[str, NodeAllocatableResourceMapping], F(13)] = {}


class DeviceConfiguration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceConfiguration"
    opaque: Annotated[OpaqueDeviceConfiguration | None, F(1)] = None


class DeviceAllocationConfiguration(DeviceConfiguration):
    INLINE: ClassVar[dict[str, int]] = {"DeviceConfiguration": 3}
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceAllocationConfiguration"
    source: Annotated[str, F(1, required=True, enum=("FromClaim", "FromClass",))] = always(str)
    requests: Annotated[list[str], F(2, list_type="atomic")] = []


class DeviceAttribute(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceAttribute"
    int_: Annotated[Int64 | None, F(2)] = None
    bool_: Annotated[bool | None, F(3)] = None
    string: Annotated[str | None, F(4)] = None
    version: Annotated[str | None, F(5)] = None
    ints: Annotated[list[Int64], F(6, list_type="atomic")] = []
    bools: Annotated[list[bool], F(7, list_type="atomic")] = []
    strings: Annotated[list[str], F(8, list_type="atomic")] = []
    versions: Annotated[list[str], F(9, list_type="atomic")] = []


class DeviceCapacity(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceCapacity"
    value: Annotated[Quantity, F(1, required=True)] = always(str)
    request_policy: Annotated[CapacityRequestPolicy | None, F(2)] = None


class DeviceClaim(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceClaim"
    requests: Annotated[NullableList[DeviceRequest], F(1, list_type="atomic")] = nullable()
    constraints: Annotated[list[DeviceConstraint], F(2, list_type="atomic")] = []
    config: Annotated[list[DeviceClaimConfiguration], F(3, list_type="atomic")] = []


class DeviceClaimConfiguration(DeviceConfiguration):
    INLINE: ClassVar[dict[str, int]] = {"DeviceConfiguration": 2}
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceClaimConfiguration"
    requests: Annotated[list[str], F(1, list_type="atomic")] = []


class DeviceClassSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceClassSpec"
    selectors: Annotated[list[DeviceSelector], F(1, list_type="atomic")] = []
    config: Annotated[list[DeviceClassConfiguration], F(2, list_type="atomic")] = []
    extended_resource_name: Annotated[str | None, F(4)] = None


class DeviceClass(Object):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceClass"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "DeviceClass")
    spec: Annotated[DeviceClassSpec, F(2, required=True)] = always(DeviceClassSpec)


class DeviceClassConfiguration(DeviceConfiguration):
    INLINE: ClassVar[dict[str, int]] = {"DeviceConfiguration": 1}
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceClassConfiguration"


class DeviceClassList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceClassList"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "DeviceClassList")
    items: Annotated[list[DeviceClass], F(2, required=True)] = always(list)


class DeviceConstraint(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceConstraint"
    requests: Annotated[list[str], F(1, list_type="atomic")] = []
    match_attribute: Annotated[str | None, F(2)] = None
    distinct_attribute: Annotated[str | None, F(3)] = None


class DeviceCounterConsumption(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceCounterConsumption"
    counter_set: Annotated[str, F(1, required=True)] = always(str)
    counters: Annotated[dict[str, Counter], F(2, required=True)] = {}


class DeviceRequest(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceRequest"
    name: Annotated[str, F(1, required=True)] = always(str)
    exactly: Annotated[ExactDeviceRequest | None, F(2)] = None
    first_available: Annotated[list[DeviceSubRequest], F(3, list_type="atomic")] = []


class DeviceRequestAllocationResult(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceRequestAllocationResult"
    request: Annotated[str, F(1, required=True)] = always(str)
    driver: Annotated[str, F(2, required=True)] = always(str)
    pool: Annotated[str, F(3, required=True)] = always(str)
    device: Annotated[str, F(4, required=True)] = always(str)
    admin_access: Annotated[bool | None, F(5)] = None
    tolerations: Annotated[list[DeviceToleration], F(6, list_type="atomic")] = []
    binding_conditions: Annotated[list[str], F(7, list_type="atomic")] = []
    binding_failure_conditions: Annotated[list[str], F(8, list_type="atomic")] = []
    share_id: Annotated[str | None, F(9)] = field(default=None, name="shareID")
    consumed_capacity: Annotated[dict[str, Quantity], F(10)] = {}


class DeviceSelector(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceSelector"
    cel: Annotated[CELDeviceSelector | None, F(1)] = None


class DeviceSubRequest(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceSubRequest"
    name: Annotated[str, F(1, required=True)] = always(str)
    device_class_name: Annotated[str, F(2, required=True)] = always(str)
    selectors: Annotated[list[DeviceSelector], F(3, list_type="atomic")] = []
    allocation_mode: Annotated[str, F(4, enum=("All", "ExactCount",))] = ""
    count: Annotated[Int64, F(5)] = 0
    tolerations: Annotated[list[DeviceToleration], F(6, list_type="atomic")] = []
    capacity: Annotated[CapacityRequirements | None, F(7)] = None


class DeviceTaint(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceTaint"
    key: Annotated[str, F(1, required=True)] = always(str)
    value: Annotated[str, F(2)] = ""
    effect: Annotated[str, F(3, required=True, enum=("NoExecute", "NoSchedule", "None",))] = always(str)
    time_added: Annotated[Time | None, F(4)] = None


class DeviceToleration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.DeviceToleration"
    key: Annotated[str, F(1)] = ""
    operator: Annotated[str, F(2, enum=("Equal", "Exists",), default='Equal')] = ""
    value: Annotated[str, F(3)] = ""
    effect: Annotated[str, F(4, enum=("NoExecute", "NoSchedule", "None",))] = ""
    toleration_seconds: Annotated[Int64 | None, F(5)] = None


class ExactDeviceRequest(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ExactDeviceRequest"
    device_class_name: Annotated[str, F(1, required=True)] = always(str)
    selectors: Annotated[list[DeviceSelector], F(2, list_type="atomic")] = []
    allocation_mode: Annotated[str, F(3, enum=("All", "ExactCount",))] = ""
    count: Annotated[Int64, F(4)] = 0
    admin_access: Annotated[bool | None, F(5)] = None
    tolerations: Annotated[list[DeviceToleration], F(6, list_type="atomic")] = []
    capacity: Annotated[CapacityRequirements | None, F(7)] = None


class NetworkDeviceData(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.NetworkDeviceData"
    interface_name: Annotated[str, F(1)] = ""
    ips: Annotated[list[str], F(2, list_type="atomic")] = []
    hardware_address: Annotated[str, F(3)] = ""


class NodeAllocatableResourceMapping(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.NodeAllocatableResourceMapping"
    capacity_key: Annotated[str | None, F(1)] = None
    allocation_multiplier: Annotated[Quantity | None, F(2)] = None


class OpaqueDeviceConfiguration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.OpaqueDeviceConfiguration"
    driver: Annotated[str, F(1, required=True)] = always(str)
    parameters: Annotated[MaybeJSON, F(2, required=True)] = None


class ResourceClaimSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaimSpec"
    devices: Annotated[DeviceClaim, F(1)] = always(DeviceClaim)


class ResourceClaimStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaimStatus"
    allocation: Annotated[AllocationResult | None, F(1)] = None
    reserved_for: Annotated[list[ResourceClaimConsumerReference], F(2, patch="merge", merge_key="uid", list_type="map", list_map_keys=("uid",))] = []
    devices: Annotated[list[AllocatedDeviceStatus], F(4, list_type="map", list_map_keys=("driver", "device", "pool", "shareID",))] = []


class ResourceClaim(Object):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaim"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "ResourceClaim")
    spec: Annotated[ResourceClaimSpec, F(2, required=True)] = always(ResourceClaimSpec)
    status: Annotated[ResourceClaimStatus, F(3)] = always(ResourceClaimStatus)


class ResourceClaimConsumerReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaimConsumerReference"
    api_group: Annotated[str, F(1)] = ""
    resource: Annotated[str, F(3, required=True)] = always(str)
    name: Annotated[str, F(4, required=True)] = always(str)
    uid: Annotated[str, F(5, required=True)] = always(str)


class ResourceClaimList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaimList"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "ResourceClaimList")
    items: Annotated[list[ResourceClaim], F(2, required=True)] = always(list)


class ResourceClaimTemplateSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaimTemplateSpec"
    metadata: Annotated[meta_v1.ObjectMeta, F(1)] = always(meta_v1.ObjectMeta)
    spec: Annotated[ResourceClaimSpec, F(2, required=True)] = always(ResourceClaimSpec)


class ResourceClaimTemplate(Object):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaimTemplate"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "ResourceClaimTemplate")
    spec: Annotated[ResourceClaimTemplateSpec, F(2, required=True)] = always(ResourceClaimTemplateSpec)


class ResourceClaimTemplateList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceClaimTemplateList"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "ResourceClaimTemplateList")
    items: Annotated[list[ResourceClaimTemplate], F(2, required=True)] = always(list)


class ResourcePool(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourcePool"
    name: Annotated[str, F(1, required=True)] = always(str)
    generation: Annotated[Int64, F(2, required=True)] = always(int)
    resource_slice_count: Annotated[Int64, F(3, required=True)] = always(int)


class ResourceSliceSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceSliceSpec"
    driver: Annotated[str, F(1, required=True)] = always(str)
    pool: Annotated[ResourcePool, F(2, required=True)] = always(ResourcePool)
    node_name: Annotated[str | None, F(3)] = None
    node_selector: Annotated[core_v1.NodeSelector | None, F(4)] = None
    all_nodes: Annotated[bool | None, F(5)] = None
    devices: Annotated[list[Device], F(6, list_type="atomic")] = []
    per_device_node_selection: Annotated[bool | None, F(7)] = None
    shared_counters: Annotated[list[CounterSet], F(8, list_type="atomic")] = []


class ResourceSlice(Object):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceSlice"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "ResourceSlice")
    spec: Annotated[ResourceSliceSpec, F(2, required=True)] = always(ResourceSliceSpec)


class ResourceSliceList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.resource.v1.ResourceSliceList"
    api_version: str = always(lambda: "resource.k8s.io/v1")
    kind: str = always(lambda: "ResourceSliceList")
    items: Annotated[list[ResourceSlice], F(2, required=True)] = always(list)
