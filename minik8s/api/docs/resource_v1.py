"""What the types of `minik8s.api.resource_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "AllocatedDeviceStatus": (
        "What the driver says about a device that is allocated.",
        {
            "driver": "Name of the driver that looks after the device.",
            "pool": "Pool of the driver that the device is in.",
            "device": "Name of the device, a DNS label unique in its pool.",
            "conditions": "What the driver last observed of the device; eight at most.",
            "data": "Any further facts in the driver's own form; 10 KiB at most.",
            "networkData": "Facts about the device if it is a network interface.",
            "shareID": "Which share of the device it is, if it can be shared.",
        },
    ),
    "DeviceAllocationResult": (
        "Which devices were allocated, and how they are set up.",
        {
            "results": "The devices that were allocated, by request; at most 32.",
            "config": "Settings for the driver, from the classes first and then from the claim.",
        },
    ),
    "AllocationResult": (
        "What was allocated for a claim, and where it can be used.",
        {
            "devices": "Which devices were allocated, and how they are set up.",
            "nodeSelector": "Nodes on which the devices can be used; unset means all of them.",
            "allocationTimestamp": "When they were allocated; needed for binding conditions that time out.",
        },
    ),
    "CELDeviceSelector": (
        "A choice of devices by an expression in CEL.",
        {
            "expression": "CEL expression over device.driver, device.attributes, device.capacity and others; true takes the device.",
        },
    ),
    "CapacityRequestPolicy": (
        "Which parts of a capacity can be asked for; either values or a range.",
        {
            "default": "Amount used where a request names none; required with the other fields.",
            "validValues": "Amounts that can be used; a request is rounded up to the next one. At most 10.",
            "validRange": "Range of amounts that can be used; a request is rounded up to the next step.",
        },
    ),
    "CapacityRequestPolicyRange": (
        "A range of amounts, with a step between those that can be used.",
        {
            "min": "Smallest amount; lower requests are rounded up to it.",
            "max": "Largest amount, no more than the capacity; that is the limit when unset.",
            "step": "Distance between amounts, from min on; every amount is allowed when unset.",
        },
    ),
    "CapacityRequirements": (
        "How much of a device's capacities is needed.",
        {
            "requests": "Least amount of each capacity; a shared device's own default where none is named.",
        },
    ),
    "Counter": (
        "An amount of something that devices use up together.",
        {
            "value": "The amount that there is, or that is used up.",
        },
    ),
    "CounterSet": (
        "Amounts that several devices of a pool use up together.",
        {
            "name": "Name of the set, a DNS label unique in its pool.",
            "counters": "The amounts that there are, by name; at most 32.",
        },
    ),
    "Device": (
        "A device that a driver offers, and what it can do.",
        {
            "name": "Name of the device, a DNS label unique in its pool.",
            "attributes": "Facts about the device by name, for selectors; with capacity at most 32.",
            "capacity": "Amounts that the device has, such as memory, by name.",
            "consumesCounters": "What it uses up of the pool's shared counters.",
            "nodeName": "Node that the device is on; only where the slice leaves that to devices.",
            "nodeSelector": "Nodes that can use the device; only where the slice leaves that to devices.",
            "allNodes": "Whether all nodes can use the device; only where the slice leaves that to devices.",
            "taints": "Marks that keep away claims that do not tolerate them; at most 16.",
            "bindsToNode": "Whether the claim is bound to the node where it is first allocated. Default false.",
            "bindingConditions": "Conditions of the claim's device status that must be True before the Pod is bound; four at most.",
            "bindingFailureConditions": "Conditions of which one being True means that binding failed; four at most.",
            "allowMultipleAllocations": "Whether several requests can have a share of it at the same time. Default false.",
            "nodeAllocatableResourceMappings": "How use of the device counts as ordinary resources of the node, by resource name.",
        },
    ),
    "DeviceAllocationConfiguration": (
        "Settings for the driver, and where they come from.",
        {
            "opaque": "The settings in the driver's own form; required.",
            "source": "Where they come from: FromClass or FromClaim.",
            "requests": "Requests that the settings are for; all of them when empty.",
        },
    ),
    "DeviceAttribute": (
        "A fact about a device; exactly one value or list is set.",
        {
            "int": "The fact as one whole number of 64 bits.",
            "bool": "The fact as one boolean, either true or false.",
            "string": "The fact as a text of 64 characters at most.",
            "version": "The fact as a semantic version; 64 characters at most.",
            "ints": "The fact as a list of whole numbers of 64 bits.",
            "bools": "The fact as a list of booleans, in any order.",
            "strings": "The fact as a list of texts, each 64 characters at most.",
            "versions": "The fact as a list of semantic versions, each 64 characters at most.",
        },
    ),
    "DeviceCapacity": (
        "An amount that a device has, and how it can be shared.",
        {
            "value": "How much of it the device has, shared or not.",
            "requestPolicy": "Which parts of it can be asked for; only for devices that can be shared.",
        },
    ),
    "DeviceClaim": (
        "Which devices are needed, what they must meet and how they are set up.",
        {
            "requests": "The requests, all of which must be met; at most 32.",
            "constraints": "Conditions that devices of several requests must meet together; at most 32.",
            "config": "Settings for the drivers of the devices; at most 32.",
        },
    ),
    "DeviceClaimConfiguration": (
        "Settings for the driver of some requests.",
        {
            "opaque": "The settings in the driver's own form; required.",
            "requests": "Requests that the settings are for, as name or name/subrequest; all of them when empty.",
        },
    ),
    "DeviceClassSpec": (
        "Which devices belong to a class, and how they are set up.",
        {
            "selectors": "Conditions that a device must all meet; at most 32.",
            "config": "Settings for the driver, used whenever a device of the class is allocated; at most 32.",
            "extendedResourceName": "Extended resource by which Pods can ask for such devices without a claim.",
        },
    ),
    "DeviceClass": (
        "A kind of devices that claims can ask for by name.",
        {
            "spec": "Which devices belong to the class, and how they are set up.",
        },
    ),
    "DeviceClassConfiguration": (
        "Settings for the driver of a class's devices.",
        {
            "opaque": "The settings in the driver's own form; required.",
        },
    ),
    "DeviceConstraint": (
        "A condition that several devices must meet together; exactly one kind is set.",
        {
            "requests": "Requests that it is about, as name or name/subrequest; all of them when empty.",
            "matchAttribute": "Attribute that all the devices must have with the same value, with its domain.",
            "distinctAttribute": "Attribute that all the devices must have with different values, with its domain.",
        },
    ),
    "DeviceCounterConsumption": (
        "What a device uses up of a set of shared counters.",
        {
            "counterSet": "Name of the set of counters, in the same pool.",
            "counters": "The amounts that are used up, by name of the counter.",
        },
    ),
    "DeviceRequest": (
        "A need for devices; one way, or several in order of preference.",
        {
            "name": "Name of the request, unique in the claim; containers may refer to it.",
            "exactly": "What is needed, if there is only one way.",
            "firstAvailable": "Ways of meeting the need; the first that is possible counts. Eight at most.",
        },
    ),
    "DeviceRequestAllocationResult": (
        "A device that was allocated for a request.",
        {
            "request": "Name of the request, as name or name/subrequest.",
            "driver": "Name of the driver that looks after the device.",
            "pool": "Pool of the driver that the device is in.",
            "device": "Name of the device, a DNS label unique in its pool.",
            "adminAccess": "Whether it was given for administration, beside those who use it.",
            "tolerations": "Tolerations of the request at the time of allocation.",
            "bindingConditions": "Conditions that must be True before the Pod is bound; taken from the device.",
            "bindingFailureConditions": "Conditions of which one being True means failure; taken from the device.",
            "shareID": "Which share of the device it is, if it can be shared.",
            "consumedCapacity": "How much of the device's capacities this share uses up.",
        },
    ),
    "DeviceSelector": (
        "A choice of devices; one way of choosing is set.",
        {
            "cel": "A choice by an expression in CEL; required.",
        },
    ),
    "DeviceSubRequest": (
        "One way of meeting a need for devices, tried in its turn.",
        {
            "name": "Name of this way, unique in its request; referred to as request/name.",
            "deviceClassName": "Name of the DeviceClass of the devices; required.",
            "selectors": "Further conditions that a device must all meet; at most 32.",
            "allocationMode": "ExactCount (the default) takes count devices, All every matching one in reach.",
            "count": "How many devices are needed; 1 by default, and only with ExactCount.",
            "tolerations": "Taints of devices that are put up with; at most 16.",
            "capacity": "How much of the devices' capacities is needed.",
        },
    ),
    "DeviceTaint": (
        "A mark on a device that keeps away claims that do not tolerate it.",
        {
            "key": "Name of the taint, in the form of a label's key.",
            "value": "Value of the taint, in the form of a label's value.",
            "effect": "NoSchedule keeps new Pods away, NoExecute also drives out those that use it, None only informs.",
            "timeAdded": "When the taint was put on; filled in by the server if unset.",
        },
    ),
    "DeviceToleration": (
        "Lets a request take devices with matching taints.",
        {
            "key": "Taint key to match; empty with operator Exists matches every taint.",
            "operator": "How value is compared: Equal (the default), or Exists for any value.",
            "value": "Taint value to match; empty with operator Exists.",
            "effect": "Taint effect to match: NoSchedule or NoExecute; empty matches all.",
            "tolerationSeconds": "For NoExecute, seconds that a Pod stays after the taint appears; unset means for ever.",
        },
    ),
    "ExactDeviceRequest": (
        "A need for devices of one class, with nothing to choose from.",
        {
            "deviceClassName": "Name of the DeviceClass of the devices; required.",
            "selectors": "Further conditions that a device must all meet; at most 32.",
            "allocationMode": "ExactCount (the default) takes count devices, All every matching one in reach.",
            "count": "How many devices are needed; 1 by default, and only with ExactCount.",
            "adminAccess": "Whether devices are wanted for administration, even if in use; only in namespaces labelled for it.",
            "tolerations": "Taints of devices that are put up with; at most 16.",
            "capacity": "How much of the devices' capacities is needed.",
        },
    ),
    "NetworkDeviceData": (
        "Facts about a device that is a network interface.",
        {
            "interfaceName": "Name of the network interface as the Pod sees it.",
            "ips": "Addresses of the interface in CIDR notation, such as 192.0.2.5/24; at most 16.",
            "hardwareAddress": "Hardware address of the interface, such as its MAC address.",
        },
    ),
    "NodeAllocatableResourceMapping": (
        "How use of a device counts as an ordinary resource of the node.",
        {
            "capacityKey": "Capacity of the device whose amount counts; each device counts as one when unset.",
            "allocationMultiplier": "Number by which the amount is multiplied; 1 when unset.",
        },
    ),
    "OpaqueDeviceConfiguration": (
        "Settings that only a driver understands.",
        {
            "driver": "Name of the driver that the settings are for.",
            "parameters": "The settings themselves, an object with apiVersion and kind; 10 KiB at most.",
        },
    ),
    "ResourceClaimSpec": (
        "Which devices are needed; it cannot be changed.",
        {
            "devices": "The requests for devices, and what they must meet.",
        },
    ),
    "ResourceClaimStatus": (
        "What a claim has got, and who may use it.",
        {
            "allocation": "What was allocated; unset until a Pod needs the claim.",
            "reservedFor": "Who may use the devices now, usually Pods; at most 256.",
            "devices": "What drivers say about the allocated devices.",
        },
    ),
    "ResourceClaim": (
        "A request for devices, which Pods can share.",
        {
            "spec": "Which devices are needed; it cannot be changed.",
            "status": "What it has got, and who uses it; written by the system.",
        },
    ),
    "ResourceClaimConsumerReference": (
        "Names an object, usually a Pod, that uses a claim.",
        {
            "apiGroup": "API group of the user; empty for the core group.",
            "resource": "Resource of the user in the plural, such as pods.",
            "name": "Name of the user, in the claim's namespace.",
            "uid": "Unique identifier of the user that is meant.",
        },
    ),
    "ResourceClaimTemplateSpec": (
        "What claims look like that are made from a template.",
        {
            "spec": "Which devices the claims ask for, as in a ResourceClaim.",
        },
    ),
    "ResourceClaimTemplate": (
        "A template from which each Pod gets a claim of its own.",
        {
            "spec": "What the claims look like; it cannot be changed.",
        },
    ),
    "ResourcePool": (
        "The pool that a slice is part of, and its state.",
        {
            "name": "Name of the pool, often that of a node; unique for its driver.",
            "generation": "Number of the pool's state; slices of older numbers are ignored.",
            "resourceSliceCount": "How many slices make up the pool at this generation; incomplete ones are not used.",
        },
    ),
    "ResourceSliceSpec": (
        "Devices of a pool, and which nodes can use them; exactly one way of naming nodes is set.",
        {
            "driver": "Name of the driver that offers the devices. Immutable.",
            "pool": "The pool that the slice is part of, and its state.",
            "nodeName": "Node that the devices are on. Immutable.",
            "nodeSelector": "Nodes that can use the devices, in a single term.",
            "allNodes": "Whether all nodes can use the devices; only true counts.",
            "devices": "The devices; 128 at most, 64 with taints or counters.",
            "perDeviceNodeSelection": "Whether each device says for itself which nodes can use it.",
            "sharedCounters": "Amounts that devices of the pool use up together; not in the same slice as devices.",
        },
    ),
    "ResourceSlice": (
        "Devices that a driver offers, on one node or in reach of several.",
        {
            "spec": "The devices, their pool and their nodes; written by the driver.",
        },
    ),
}
