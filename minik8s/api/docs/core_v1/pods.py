"""What the types of `minik8s.api.core_v1.pods` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "Binding": (
        "Assigns a Pod to a node; posted by schedulers to the Pod's binding subresource and never stored.",
        {
            "target": "The node the Pod is to run on; kind is Node or empty, and only the name counts.",
        },
    ),
    "HostAlias": (
        "One line that the kubelet adds to the hosts file of the Pod's containers.",
        {
            "ip": "The IPv4 or IPv6 address that the names resolve to; each address is listed once in a Pod.",
            "hostnames": "Names that resolve to this address inside the Pod.",
        },
    ),
    "HostIP": (
        "One address of the node that runs a Pod, of either IP family.",
        {
            "ip": "The node's address, IPv4 or IPv6, as the kubelet reports it.",
        },
    ),
    "PodSpec": (
        "What a Pod is to run and under which conditions; most of it cannot change once the Pod exists.",
        {
            "volumes": "Storage that containers of this Pod may mount, each under a name of its own.",
            "containers": "The Pod's main containers, at least one; they start together after the init containers and cannot be added or removed.",
            "restartPolicy": "When containers that ended run again: Always (the default), OnFailure or Never; immutable.",
            "terminationGracePeriodSeconds": "Seconds between the polite stop and the kill when the Pod is deleted; 30 by default, 0 kills at once.",
            "activeDeadlineSeconds": "Seconds from the Pod's start after which the kubelet fails and stops it; unset means no limit.",
            "dnsPolicy": "Where resolv.conf comes from: ClusterFirst (the default), ClusterFirstWithHostNet, Default (the node's) or None (dnsConfig only).",
            "nodeSelector": "Labels a node must all carry to run this Pod; empty allows every node.",
            "serviceAccountName": "The ServiceAccount whose identity the Pod has; the namespace's account named default when unset.",
            "serviceAccount": "Deprecated double of serviceAccountName, kept equal to it for old clients.",
            "nodeName": "The node this Pod is bound to, filled in by the scheduler; set at creation it bypasses scheduling.",
            "hostNetwork": "Whether containers share the node's network instead of having the Pod's own; ports must then match host ports. Default false.",
            "hostPID": "Whether containers see the processes of the node; not together with shareProcessNamespace. Default false.",
            "hostIPC": "Whether containers share the node's System V IPC and POSIX message queues. Default false.",
            "securityContext": "Users, groups, kernel settings and profiles for the whole Pod; a container's own settings come first.",
            "imagePullSecrets": "Secrets of this namespace that hold credentials for pulling the Pod's images.",
            "hostname": "First label of the Pod's host name; the Pod's name when unset.",
            "subdomain": "Makes the full host name hostname.subdomain.namespace.svc.<cluster domain>; usually a headless Service's name.",
            "affinity": "Rules about which nodes and which neighbours the Pod wants or avoids.",
            "schedulerName": "The scheduler that is to place this Pod; default-scheduler when unset.",
            "initContainers": "Containers run to completion one after another before the main ones; with restartPolicy Always they keep running as sidecars.",
            "automountServiceAccountToken": "Whether a token of the ServiceAccount is mounted into containers; unset follows the ServiceAccount, else true.",
            "tolerations": "Taints of nodes this Pod puts up with; only additions are allowed once the Pod exists.",
            "hostAliases": "Extra lines of the containers' hosts file; managed by the kubelet.",
            "priorityClassName": "Name of the PriorityClass that gives the Pod its priority; the cluster's default class, or none, when unset.",
            "priority": "The Pod's importance as a number, higher goes first; worked out from priorityClassName at admission.",
            "dnsConfig": "DNS servers, search domains and options merged into what dnsPolicy yields.",
            "shareProcessNamespace": "Whether containers of the Pod see each other's processes, with the sandbox as process 1. Default false.",
            "readinessGates": "Conditions in the Pod's status, set by others, that must be True besides ready containers for the Pod to be Ready.",
            "runtimeClassName": "The RuntimeClass that says how containers are run; the node's default runtime when unset.",
            "enableServiceLinks": "Whether Services of the namespace are given to containers as environment variables. Default true.",
            "preemptionPolicy": "Whether the Pod may push out less important ones: PreemptLowerPriority (the default) or Never.",
            "overhead": "What the runtime itself needs beside the containers; taken from the RuntimeClass at admission, not set by hand.",
            "topologySpreadConstraints": "How Pods like this one spread over zones, nodes or other topology domains; all must hold.",
            "ephemeralContainers": "Containers added to a running Pod for debugging, through the ephemeralcontainers subresource only.",
            "setHostnameAsFQDN": "Whether the host name inside is the full domain name rather than its first label. Default false.",
            "os": "The operating system the containers are made for; Linux-only and Windows-only fields are checked against it.",
            "hostUsers": "Whether containers use the node's user IDs; false gives the Pod a user namespace of its own. Default true.",
            "schedulingGates": "While any is listed the Pod is not scheduled; they can be removed but not added after creation.",
            "resourceClaims": "Claims on devices that must be allocated before the Pod starts; containers refer to them by name. Immutable.",
            "resources": "CPU, memory and huge pages for the Pod as a whole, shared by its containers.",
            "hostnameOverride": "Host name used as it stands, instead of hostname, subdomain and setHostnameAsFQDN; not with the node's network.",
            "schedulingGroup": "The group of Pods this one is scheduled together with; immutable.",
        },
    ),
    "PodStatus": (
        "What is known about a Pod; written by its kubelet, and shortly behind reality.",
        {
            "phase": "Where the Pod is in its life: Pending, Running, Succeeded, Failed or Unknown.",
            "conditions": "What has been reached, such as PodScheduled, Initialized, ContainersReady and Ready.",
            "message": "Explanation for people of why the Pod is in this state.",
            "reason": "Short CamelCase reason of the state, such as Evicted.",
            "hostIP": "Main address of the node the Pod is bound to; empty before that.",
            "podIP": "Main address of the Pod, reachable in the whole cluster; empty until it has one.",
            "startTime": "When the kubelet took the Pod on, before any image was pulled.",
            "containerStatuses": "State of each main container, one entry per container of the spec.",
            "qosClass": "Class worked out from requests and limits: Guaranteed, Burstable or BestEffort; immutable.",
            "initContainerStatuses": "State of each init container in order; the last successful one tells how far initialization got.",
            "nominatedNodeName": "The node held for this Pod while Pods being preempted there go away; not a promise.",
            "podIPs": "All addresses of the Pod, at most one per IP family; the first equals podIP.",
            "ephemeralContainerStatuses": "State of each ephemeral container that has been added.",
            "resize": "Deprecated state of a resource change in progress; see conditions PodResizePending and PodResizeInProgress.",
            "resourceClaimStatuses": "The ResourceClaims made or found for the claims the spec names.",
            "hostIPs": "All addresses of the node, at most one per IP family; the first equals hostIP.",
            "observedGeneration": "The metadata.generation that this status was made for.",
            "extendedResourceClaimStatus": "The claim made by the scheduler for extended resources that are backed by devices.",
            "allocatedResources": "Requests of the whole Pod as the kubelet has granted them.",
            "resources": "Requests and limits in force for the whole Pod, where the spec sets them at that level.",
            "nodeAllocatableResourceClaimStatuses": "How much of the node's ordinary resources each claim of this Pod takes up.",
        },
    ),
    "Pod": (
        "A group of containers that run together on one node, share network and volumes, and live and die as one.",
        {
            "spec": "What to run; apart from images, tolerations, deadlines and resources it is fixed after creation.",
            "status": "What is observed about the Pod; written by the system.",
        },
    ),
    "PodCondition": (
        "One aspect of a Pod's state, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as Ready, PodScheduled or a readiness gate's condition.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastProbeTime": "When the condition was last checked, if that is recorded.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
            "observedGeneration": "The Pod's metadata.generation for which the condition was worked out.",
        },
    ),
    "PodDNSConfig": (
        "DNS settings of a Pod in addition to those of its dnsPolicy.",
        {
            "nameservers": "Addresses of DNS servers, put in front of the policy's own; three at most in all.",
            "searches": "Search domains appended to the policy's own; 32 at most in all.",
            "options": "Resolver options that are added or replace those of the same name.",
        },
    ),
    "PodDNSConfigOption": (
        "One option of resolv.conf, such as ndots.",
        {
            "name": "Name of the resolver option; it must not be empty.",
            "value": "Value of the option; unset for options that take none.",
        },
    ),
    "PodExtendedResourceClaimStatus": (
        "Which ResourceClaim serves the extended resources a Pod asks for.",
        {
            "requestMappings": "Which container and resource each request of the claim stands for.",
            "resourceClaimName": "Name of the claim the scheduler made in the Pod's namespace.",
        },
    ),
    "PodIP": (
        "One address of a Pod, of either IP family.",
        {
            "ip": "The address, IPv4 or IPv6, that was given to the Pod.",
        },
    ),
    "PodOS": (
        "The operating system that a Pod is made for.",
        {
            "name": "Operating system: linux or windows; other values are refused.",
        },
    ),
    "PodReadinessGate": (
        "A condition from outside that the Pod needs before it counts as Ready.",
        {
            "conditionType": "Type of a condition in the Pod's status that must be True.",
        },
    ),
    "PodResourceClaim": (
        "A claim on devices, named within the Pod; either of the two sources is set.",
        {
            "name": "Name by which containers refer to this claim; a DNS label, unique in the Pod.",
            "resourceClaimName": "An existing ResourceClaim of the same namespace, possibly shared with other Pods.",
            "resourceClaimTemplateName": "A template of the same namespace from which a claim is made that lives as long as the Pod.",
        },
    ),
    "PodResourceClaimStatus": (
        "Which ResourceClaim stands behind a claim that the Pod names.",
        {
            "name": "Name of the claim as in spec.resourceClaims.",
            "resourceClaimName": "The claim made from the template; unset when none was needed.",
        },
    ),
    "PodSchedulingGate": (
        "A reason for which the Pod must not be scheduled yet.",
        {
            "name": "Name of the gate, unique in the Pod; whoever set it removes it.",
        },
    ),
    "PodSchedulingGroup": (
        "The group of Pods with which a Pod is placed; exactly one way of naming it is set.",
        {
            "podGroupName": "Name of a PodGroup in the same namespace; without it the Pod is placed on its own.",
        },
    ),
    "PodSecurityContext": (
        "Security settings for all containers of a Pod; what a container sets itself comes first.",
        {
            "seLinuxOptions": "SELinux label for all containers; the runtime picks a random one when unset.",
            "runAsUser": "User ID that processes start with; the image's user when unset.",
            "runAsNonRoot": "Whether the kubelet refuses to start containers that would run as user 0. Default false.",
            "supplementalGroups": "Further group IDs of each container's first process; others may come from the image.",
            "fsGroup": "Group ID that owns volumes that support it, and that processes belong to; unset leaves volumes alone.",
            "runAsGroup": "Main group ID of processes; the runtime's default when unset.",
            "sysctls": "Kernel parameters set for the Pod; those not known to be safe need the kubelet's permission.",
            "windowsOptions": "Settings that apply to Windows containers only.",
            "fsGroupChangePolicy": "When volumes are handed to fsGroup: Always (the default) or OnRootMismatch, only if the top folder differs.",
            "seccompProfile": "Filter of system calls for all containers; see its type for the choices.",
            "appArmorProfile": "AppArmor profile for all containers of the Pod.",
            "supplementalGroupsPolicy": "Whether groups of the image count: Merge (the default) adds them, Strict ignores them.",
            "seLinuxChangePolicy": "How volumes get the SELinux label: Recursive relabels files, MountOption (the default where possible) mounts with it.",
        },
    ),
    "Sysctl": (
        "One kernel parameter that is set for a Pod.",
        {
            "name": "Name of the parameter, such as net.ipv4.ip_local_port_range.",
            "value": "Value to set, always written as a string.",
        },
    ),
    "Toleration": (
        "Lets a Pod run on nodes with matching taints.",
        {
            "key": "Taint key to match; empty with operator Exists matches every taint.",
            "operator": "How value is compared: Equal (the default), Exists for any value, Lt or Gt for numbers where enabled.",
            "value": "Taint value to match; empty with operator Exists.",
            "effect": "Taint effect to match: NoSchedule, PreferNoSchedule or NoExecute; empty matches all.",
            "tolerationSeconds": "For NoExecute, seconds the Pod stays after the taint appears; unset means for ever, 0 or less not at all.",
        },
    ),
}
