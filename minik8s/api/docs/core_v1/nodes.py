"""What the types of `minik8s.api.core_v1.nodes` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "AttachedVolume": (
        "A volume that is attached to a node as a device.",
        {
            "name": "Name of the volume with its plugin, unique on the node.",
            "devicePath": "Path of the device that the volume has become.",
        },
    ),
    "ConfigMapNodeConfigSource": (
        "A ConfigMap with a kubelet's configuration; from the removed dynamic configuration.",
        {
            "namespace": "Namespace of the ConfigMap with the configuration.",
            "name": "Name of the ConfigMap with the configuration.",
            "uid": "Unique identifier of the ConfigMap; only in the status.",
            "resourceVersion": "Version of the ConfigMap; only in the status.",
            "kubeletConfigKey": "Key of the ConfigMap that holds the kubelet's configuration.",
        },
    ),
    "DaemonEndpoint": (
        "A port on which a daemon of a node listens.",
        {
            "Port": "Number of the port; written with a capital letter.",
        },
    ),
    "NodeSpec": (
        "What is set for a node by administrators and controllers.",
        {
            "podCIDR": "Range of addresses for the node's Pods; it cannot be changed once set.",
            "externalID": "Deprecated and unused; once the node's identifier at the provider.",
            "providerID": "Identifier of the machine at its provider, as provider://id; it cannot be changed once set.",
            "unschedulable": "Whether new Pods are kept off the node, as kubectl cordon does. Default false.",
            "taints": "Marks that keep away Pods that do not tolerate them.",
            "configSource": "Deprecated and without effect; from the removed dynamic configuration.",
            "podCIDRs": "Ranges of addresses for the node's Pods, at most one per IP family; the first equals podCIDR.",
        },
    ),
    "NodeDaemonEndpoints": (
        "Ports of the daemons that run on a node.",
        {
            "kubeletEndpoint": "Port on which the kubelet of this node listens.",
        },
    ),
    "NodeSystemInfo": (
        "Which machine and which software a node is.",
        {
            "machineID": "Identifier of the system, from /etc/machine-id.",
            "systemUUID": "Identifier of the hardware, from its firmware.",
            "bootID": "Identifier of the current boot; a new one after each.",
            "kernelVersion": "Version of the kernel, as uname -r tells it.",
            "osImage": "Name and version of the operating system, from /etc/os-release.",
            "containerRuntimeVersion": "Name and version of the container runtime, as runtime://version.",
            "kubeletVersion": "Version of the kubelet that runs on this node.",
            "kubeProxyVersion": "Deprecated; once the version of the proxy on this node.",
            "operatingSystem": "Operating system of the node: linux or windows.",
            "architecture": "Processor architecture in Go's names, such as amd64 or arm64.",
            "swap": "Swap space of the node, if the kubelet knows it.",
        },
    ),
    "NodeStatus": (
        "What is known about a node; written by its kubelet and by controllers.",
        {
            "capacity": "How much of each resource the node has in all.",
            "allocatable": "How much of each resource Pods may use; capacity less what is set aside for the system.",
            "phase": "Deprecated and no longer written; see conditions.",
            "conditions": "What was last observed, such as Ready, MemoryPressure, DiskPressure and PIDPressure.",
            "addresses": "How the node can be reached: addresses and names, each with its kind.",
            "daemonEndpoints": "Ports of the daemons that run on this node.",
            "nodeInfo": "Which machine and which software the node is.",
            "images": "Images present on the node, for scheduling; the largest 50 by default.",
            "volumesInUse": "Attachable volumes that the node has mounted; they must not be detached.",
            "volumesAttached": "Volumes that are attached to the node, with their devices.",
            "config": "State of the removed dynamic configuration of kubelets.",
            "runtimeHandlers": "Ways of running containers that the node's runtime offers.",
            "features": "What the node's container runtime can do.",
            "declaredFeatures": "Kubelet features the node declares, which Pods may need to be placed there.",
        },
    ),
    "Node": (
        "A machine that runs Pods; its name is unique in the cluster.",
        {
            "spec": "What is set for the node by administrators and controllers.",
            "status": "What is known about the node; written by the system.",
        },
    ),
    "NodeAddress": (
        "One address or name by which a node is reached.",
        {
            "type": "Kind of address: Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.",
            "address": "The address or the name itself, by its type.",
        },
    ),
    "NodeAllocatableResourceClaimStatus": (
        "How much of a node's ordinary resources a claim takes up.",
        {
            "resourceClaimName": "Name of the ResourceClaim in the Pod's namespace.",
            "containers": "Names of the Pod's containers that use the claim.",
            "resources": "How much of each resource the claim takes from what the node can give.",
        },
    ),
    "NodeCondition": (
        "One aspect of a node's state, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as Ready or DiskPressure.",
            "status": "Whether the condition holds: True, False or Unknown when the node went silent.",
            "lastHeartbeatTime": "When the condition was last confirmed by its kubelet.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "NodeConfigSource": (
        "Where a kubelet's configuration comes from; without effect since dynamic configuration was removed.",
        {
            "configMap": "The ConfigMap that holds the configuration.",
        },
    ),
    "NodeConfigStatus": (
        "State of the removed dynamic configuration of a kubelet.",
        {
            "assigned": "The configuration that the kubelet is to use.",
            "active": "The configuration that the kubelet is using.",
            "lastKnownGood": "The configuration that the kubelet falls back to.",
            "error": "What was wrong with the configuration, if anything.",
        },
    ),
    "NodeFeatures": (
        "What a node's container runtime can do, whichever handler is used.",
        {
            "supplementalGroupsPolicy": "Whether the runtime heeds supplementalGroupsPolicy and reports users of containers.",
        },
    ),
    "NodeRuntimeHandler": (
        "One way in which a node's runtime can run containers.",
        {
            "name": "Name of the handler as RuntimeClasses use it; empty for the default one.",
            "features": "What this handler can do beyond running containers.",
        },
    ),
    "NodeRuntimeHandlerFeatures": (
        "What one runtime handler of a node can do.",
        {
            "recursiveReadOnlyMounts": "Whether mounts can be made read-only with everything below them.",
            "userNamespaces": "Whether Pods can have a user namespace of their own.",
        },
    ),
    "NodeSwapStatus": (
        "Swap space of a node, as its kubelet found it.",
        {
            "capacity": "Size of all the node's swap space, in bytes.",
        },
    ),
    "Taint": (
        "A mark on a node that keeps away Pods that do not tolerate it.",
        {
            "key": "Name of the taint, in the form of a label's key.",
            "value": "Value of the taint, in the form of a label's value; may be empty.",
            "effect": "What it does: NoSchedule, PreferNoSchedule or NoExecute, which also drives out running Pods.",
            "timeAdded": "When the taint was put on; it starts the clock of tolerationSeconds.",
        },
    ),
}
