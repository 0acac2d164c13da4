"""What the types of `minik8s.api.networking_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "IngressBackend": (
        "Where requests go; either a Service or another object.",
        {
            "resource": "An object of the Ingress's namespace that handles requests; not together with service.",
            "service": "A Service of the Ingress's namespace, and its port; not together with resource.",
        },
    ),
    "HTTPIngressPath": (
        "Requests with a certain path, and where they go.",
        {
            "path": "The path that is matched, beginning with /; required for types Exact and Prefix.",
            "backend": "Where requests with a matching path are sent.",
            "pathType": "Exact matches the whole path, Prefix its first elements, ImplementationSpecific as the controller has it.",
        },
    ),
    "HTTPIngressRuleValue": (
        "Where HTTP requests of one host go, by their path.",
        {
            "paths": "The paths and where they lead, at least one; the longest match wins.",
        },
    ),
    "IPAddressSpec": (
        "Which object uses an address of the cluster.",
        {
            "parentRef": "The object that uses the address. Required and immutable.",
        },
    ),
    "IPAddress": (
        "An address that is in use for Services; its name is the address in canonical form.",
        {
            "spec": "Who uses the address; written by the system.",
        },
    ),
    "IPBlock": (
        "A range of addresses, less some ranges in it.",
        {
            "cidr": "The range, such as 192.168.1.0/24 or 2001:db8::/64.",
            "except": "Ranges that do not count; each must lie within cidr.",
        },
    ),
    "IngressSpec": (
        "Which requests from outside go to which Services.",
        {
            "defaultBackend": "Where requests go that match no rule; without rules it must be set.",
            "tls": "Certificates for TLS, chosen by the host name that the client asks for; port 443.",
            "rules": "Where requests go, by host and path; without any all go to the default backend.",
            "ingressClassName": "Name of the IngressClass, and so which controller serves it; the cluster's default class when unset.",
        },
    ),
    "IngressLoadBalancerStatus": (
        "Points at which traffic for an Ingress comes in.",
        {
            "ingress": "The points, each with an address or a name.",
        },
    ),
    "IngressStatus": (
        "What the controller that serves an Ingress tells about it.",
        {
            "loadBalancer": "Addresses at which traffic for the Ingress comes in.",
        },
    ),
    "Ingress": (
        "Rules that lead HTTP requests from outside to Services, by host and path.",
        {
            "spec": "Which requests go to which Services, and with which certificates.",
            "status": "Where traffic comes in; written by the controller that serves it.",
        },
    ),
    "IngressClassSpec": (
        "Which controller serves Ingresses of a class.",
        {
            "controller": "Name of the controller, such as example.com/ingress; at most 250 characters. Immutable.",
            "parameters": "An object with further settings for the controller; none when unset.",
        },
    ),
    "IngressClass": (
        "A class of Ingresses, served by one controller; an annotation makes it the default.",
        {
            "spec": "Which controller serves the class, and with which settings.",
        },
    ),
    "IngressClassParametersReference": (
        "Names an object with settings for a controller.",
        {
            "apiGroup": "API group of the object; empty for the core group.",
            "kind": "Kind of the object that is meant, in CamelCase.",
            "name": "Name of the object, in its namespace if it has one.",
            "scope": "Whether the object is of the Cluster (the default) or in a Namespace.",
            "namespace": "Namespace of the object; only with scope Namespace, and then required.",
        },
    ),
    "IngressLoadBalancerIngress": (
        "One point at which a load balancer takes traffic.",
        {
            "ip": "Address of the load balancer, if it goes by address.",
            "hostname": "DNS name of the load balancer, if it goes by name.",
            "ports": "What became of each port; unset if the controller does not say.",
        },
    ),
    "IngressPortStatus": (
        "What became of one port at the load balancer.",
        {
            "port": "Number of the port that this is about, at the balancer.",
            "protocol": "Transport protocol of the port: TCP, UDP or SCTP.",
            "error": "CamelCase reason why the port does not work; unset if it does.",
        },
    ),
    "IngressRule": (
        "Where requests for one host go, by their path.",
        {
            "http": "Where requests go by their path; without it all go to the default backend.",
            "host": "Host name without port; *.example.com matches one more label. Empty matches every host.",
        },
    ),
    "ServiceBackendPort": (
        "A port of a Service; by name or by number, not both.",
        {
            "name": "Name of the Service's port; not together with number.",
            "number": "Number of the Service's port; not together with name.",
        },
    ),
    "IngressServiceBackend": (
        "A Service that requests go to, and which of its ports.",
        {
            "name": "Name of the Service in the Ingress's namespace.",
            "port": "Port of the Service; its name or number is required.",
        },
    ),
    "IngressTLS": (
        "A certificate for some of the hosts of an Ingress.",
        {
            "hosts": "Host names that the certificate is for; all of the Ingress when empty.",
            "secretName": "Secret of type kubernetes.io/tls with certificate and key; the controller's own when empty.",
        },
    ),
    "NetworkPolicySpec": (
        "Which traffic Pods may send and receive.",
        {
            "podSelector": "Pods of the namespace that the policy is about; empty means all of them.",
            "ingress": "What may come in; with no rule at all nothing may, where the policy is about ingress.",
            "egress": "What may go out; with no rule at all nothing may, where the policy is about egress.",
            "policyTypes": "Directions it is about, Ingress and Egress; when unset Ingress, and Egress too if there are egress rules.",
        },
    ),
    "NetworkPolicy": (
        "Limits the traffic of Pods; several policies on a Pod allow what any of them allows.",
        {
            "spec": "Which Pods it is about, and what they may send and receive.",
        },
    ),
    "NetworkPolicyEgressRule": (
        "Traffic that may go out; ports and destination must both fit.",
        {
            "ports": "Ports to which traffic may go; all of them when empty.",
            "to": "Where traffic may go; anywhere when empty.",
        },
    ),
    "NetworkPolicyIngressRule": (
        "Traffic that may come in; ports and origin must both fit.",
        {
            "ports": "Ports at which traffic may come in; all of them when empty.",
            "from": "Where traffic may come from; anywhere when empty.",
        },
    ),
    "NetworkPolicyPeer": (
        "The other end of traffic: Pods, or a range of addresses.",
        {
            "podSelector": "Labels of Pods, in the namespaces of namespaceSelector, or in the policy's own when that is unset.",
            "namespaceSelector": "Labels of namespaces whose Pods count; empty means all namespaces.",
            "ipBlock": "A range of addresses; not together with the selectors.",
        },
    ),
    "NetworkPolicyPort": (
        "A port, or a range of ports, that traffic goes to.",
        {
            "protocol": "Transport protocol: TCP (the default), UDP or SCTP.",
            "port": "Port number, or the name of a container port; all ports when unset.",
            "endPort": "Last port of a range that begins at port, which must be a number not above it.",
        },
    ),
    "ParentReference": (
        "Names the object, usually a Service, that uses an address.",
        {
            "group": "API group of the object; empty for the core group.",
            "resource": "Resource of the object, such as services.",
            "namespace": "Namespace of the object; empty for objects without one.",
            "name": "Name of the object that uses the address.",
        },
    ),
    "ServiceCIDRSpec": (
        "Ranges from which Services get their addresses.",
        {
            "cidrs": "One range for each IP family, two at most. Immutable once set, save for adding the second.",
        },
    ),
    "ServiceCIDRStatus": (
        "What is known about ranges of Service addresses.",
        {
            "conditions": "What was last observed, such as Ready; at most one of each type.",
        },
    ),
    "ServiceCIDR": (
        "Ranges of addresses for Services, beside those the server was started with.",
        {
            "spec": "The ranges of addresses, one for each IP family.",
            "status": "Whether the ranges are in use; written by the system.",
        },
    ),
}
