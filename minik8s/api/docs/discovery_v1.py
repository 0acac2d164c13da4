"""What the types of `minik8s.api.discovery_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "EndpointConditions": (
        "In what state an endpoint is, and so whether it gets traffic.",
        {
            "ready": "Whether it should get traffic: serving and not terminating, or always wanted. Null is taken as true.",
            "serving": "Whether it could take traffic, even while terminating. Null is taken as true.",
            "terminating": "Whether it is coming to its end. Null is taken as false.",
        },
    ),
    "Endpoint": (
        "One backend of a Service, usually a Pod.",
        {
            "addresses": "Its addresses, all meaning the same backend; consumers use the first. From 1 to 100.",
            "conditions": "In what state the endpoint is; unset is taken as ready.",
            "hostname": "Host name of the endpoint below the Service's DNS name.",
            "targetRef": "The object behind the endpoint, usually a Pod.",
            "deprecatedTopology": "Labels from an older version of the API; cannot be written.",
            "nodeName": "Name of the node on which the endpoint is.",
            "zone": "Name of the zone in which the endpoint is.",
            "hints": "Which clients the endpoint is best for; proxies may heed it.",
        },
    ),
    "EndpointHints": (
        "Which clients an endpoint is best for, by zone or node.",
        {
            "forZones": "Zones whose clients should use it; eight at most.",
            "forNodes": "Nodes whose clients should use it; eight at most.",
        },
    ),
    "EndpointPort": (
        "One port that is open on all endpoints of a slice.",
        {
            "name": "Name of the port, unique in the slice; empty for the only one.",
            "protocol": "Transport protocol: TCP (the default), UDP or SCTP.",
            "port": "Port number of the endpoints; unset means all ports.",
            "appProtocol": "Application protocol as a hint for proxies, such as http or kubernetes.io/h2c.",
        },
    ),
    "EndpointSlice": (
        "A part of the endpoints of a Service, all of one address type and with the same ports.",
        {
            "endpoints": "The endpoints of this slice; 1000 at most.",
            "ports": "Ports of every endpoint here; empty means that there are none. At most 100.",
            "addressType": "What the addresses are: IPv4, IPv6 or FQDN. Immutable.",
        },
    ),
    "ForNode": (
        "A node whose clients an endpoint is best for.",
        {
            "name": "Name of the node whose clients are meant.",
        },
    ),
    "ForZone": (
        "A zone whose clients an endpoint is best for.",
        {
            "name": "Name of the zone whose clients are meant.",
        },
    ),
}
