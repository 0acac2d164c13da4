"""What the types of `minik8s.api.core_v1.services` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ClientIPConfig": (
        "How long a client stays with the same Pod.",
        {
            "timeoutSeconds": "Seconds since the last connection after which a client may get another Pod; 10800 by default, at most 86400.",
        },
    ),
    "EndpointAddress": (
        "One address behind a Service, and what it belongs to.",
        {
            "ip": "The address, IPv4 or IPv6; not loopback, link-local or multicast.",
            "targetRef": "The object behind the address, usually a Pod.",
            "hostname": "Host name of the endpoint below the Service's DNS name.",
            "nodeName": "Name of the node on which the endpoint is.",
        },
    ),
    "EndpointPort": (
        "One port that is open on a group of endpoints.",
        {
            "name": "Name of the port, equal to that of the Service's port; may be empty if it is the only one.",
            "port": "Port number of the endpoints, from 1 to 65535.",
            "protocol": "Transport protocol: TCP (the default), UDP or SCTP.",
            "appProtocol": "Application protocol as a hint for proxies, such as http or kubernetes.io/h2c.",
        },
    ),
    "EndpointSubset": (
        "Addresses that share ports; every address goes with every port.",
        {
            "addresses": "Addresses that are ready for traffic on the ports.",
            "notReadyAddresses": "Addresses that get no traffic: starting, failing their readiness check or ending.",
            "ports": "Ports that are open on every address of the subset.",
        },
    ),
    "Endpoints": (
        "The addresses behind a Service in one object; superseded by EndpointSlice.",
        {
            "subsets": "Groups of addresses with the same ports; together they are the Service's endpoints.",
        },
    ),
    "LoadBalancerIngress": (
        "One point at which a load balancer takes traffic for a Service.",
        {
            "ip": "Address of the load balancer, if it goes by address.",
            "hostname": "DNS name of the load balancer, if it goes by name.",
            "ipMode": "How traffic to ip arrives: VIP (the default) with that address kept, or Proxy addressed to node or Pod.",
            "ports": "What became of each port of the Service; unset if the provider does not say.",
        },
    ),
    "LoadBalancerStatus": (
        "State of the load balancer that stands before a Service.",
        {
            "ingress": "Points at which traffic for the Service comes in; empty until the balancer is there.",
        },
    ),
    "PortStatus": (
        "What became of one port at the load balancer.",
        {
            "port": "Number of the Service's port this is about.",
            "protocol": "Transport protocol of the port: TCP, UDP or SCTP.",
            "error": "CamelCase reason why the port does not work; unset if it does.",
        },
    ),
    "ServiceSpec": (
        "Which Pods a Service stands for, and how it can be reached.",
        {
            "ports": "Ports on which the Service answers; may be empty only for headless and ExternalName Services.",
            "selector": "Labels of the Pods traffic goes to; empty means endpoints are kept by somebody else. Unused for ExternalName.",
            "clusterIP": "Address inside the cluster: chosen when empty, None for a headless Service; immutable while in use.",
            "type": "How it is exposed: ClusterIP (the default), NodePort, LoadBalancer or ExternalName; each of the first three includes those before.",
            "externalIPs": "Further addresses, routed to nodes by somebody else, on which nodes accept traffic for the Service.",
            "sessionAffinity": "Whether a client's connections go to the same Pod: None (the default) or ClientIP.",
            "loadBalancerIP": "Deprecated wish for the load balancer's address; providers may ignore it.",
            "loadBalancerSourceRanges": "Client ranges in CIDR notation the load balancer lets in; unset lets in all.",
            "externalName": "DNS name that the Service becomes an alias of; required for type ExternalName, without a trailing dot.",
            "externalTrafficPolicy": "Where traffic from outside goes: Cluster (the default) to any Pod, Local only to Pods of that node, keeping client addresses.",
            "healthCheckNodePort": "Port on nodes where load balancers ask for local Pods; chosen when unset, only for LoadBalancer with Local. Immutable.",
            "publishNotReadyAddresses": "Whether DNS and endpoints treat Pods as ready from the start, as peers of a StatefulSet need. Default false.",
            "sessionAffinityConfig": "Details of session affinity, such as its timeout.",
            "ipFamilyPolicy": "How many IP families it has: SingleStack (the default), PreferDualStack or RequireDualStack.",
            "clusterIPs": "Addresses inside the cluster, at most one per IP family; the first equals clusterIP.",
            "ipFamilies": "IP families of the Service, IPv4 and IPv6 at most, in order; chosen by the cluster when empty. The first is immutable.",
            "allocateLoadBalancerNodePorts": "Whether a LoadBalancer Service gets node ports too. Default true.",
            "loadBalancerClass": "Which load balancer implementation serves it; the cluster's default when unset. Immutable once set.",
            "internalTrafficPolicy": "Where traffic from inside goes: Cluster (the default) to any Pod, Local only to Pods on the same node.",
            "trafficDistribution": "Preference among Pods: PreferSameZone (formerly PreferClose) or PreferSameNode; unset treats all alike.",
        },
    ),
    "ServiceStatus": (
        "What is known about a Service from outside its spec.",
        {
            "loadBalancer": "State of the load balancer, if the Service has one.",
            "conditions": "Current conditions of the Service, one of each type.",
        },
    ),
    "Service": (
        "A lasting name and address for a changing set of Pods.",
        {
            "spec": "Which Pods the Service stands for, and how it can be reached.",
            "status": "State of the load balancer and conditions; written by the system.",
        },
    ),
    "ServicePort": (
        "One port of a Service, and where it leads.",
        {
            "name": "Name of the port, a DNS label unique in the Service; needed when there are several.",
            "protocol": "Transport protocol: TCP (the default), UDP or SCTP.",
            "port": "Port on which the Service answers, from 1 to 65535.",
            "targetPort": "Port of the Pods, by number or by a container port's name; same as port when unset.",
            "nodePort": "Port on every node; chosen from the cluster's range (usually 30000-32767) when unset and the type needs it.",
            "appProtocol": "Application protocol as a hint for proxies, such as http, https or kubernetes.io/ws.",
        },
    ),
    "SessionAffinityConfig": (
        "Details of how clients stay with the same Pod.",
        {
            "clientIP": "Settings of affinity by the client's address.",
        },
    ),
}
