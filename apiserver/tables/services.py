"""Services, endpoint slices, and the kinds of networking.k8s.io."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiserver.tables.printer import Printer, columns
from apiserver.tables.text import NONE, UNKNOWN, UNSET, age, pairs, selector, shortened


def _balancer(status: Any) -> list[str]:
    return sorted({each.ip or each.hostname for each in status.load_balancer.ingress} - {""})


def _external(service: Any) -> str:
    spec = service.spec
    match spec.type:
        case "ClusterIP" | "NodePort":
            return ",".join(spec.external_ips) or NONE
        case "LoadBalancer":
            return ",".join([*_balancer(service.status), *spec.external_ips]) or "<pending>"
        case "ExternalName":
            return str(spec.external_name)
    return UNKNOWN


def _ports(ports: Any) -> str:
    found = []
    for each in ports:
        number = f"{each.port}:{each.node_port}" if each.node_port else str(each.port)
        found.append(f"{number}/{each.protocol}")
    return ",".join(found) or NONE


def _service(obj: Any, now: datetime) -> list[Any]:
    spec = obj.spec
    address = (spec.cluster_ips[0] if spec.cluster_ips else spec.cluster_ip) or NONE
    name = obj.metadata.name
    return [name, spec.type, address, _external(obj), _ports(spec.ports), age(obj, now), pairs(spec.selector)]


def _slice(obj: Any, now: datetime) -> list[Any]:
    ports = ["*" if each.port is None else str(each.port) for each in obj.ports]
    addresses = [address for each in obj.endpoints for address in each.addresses]
    return [
        obj.metadata.name,
        obj.address_type,
        shortened(ports, 3) or UNSET,
        shortened(addresses, 3) or UNSET,
        age(obj, now),
    ]


def _ingress(obj: Any, now: datetime) -> list[Any]:
    hosts = [each.host for each in obj.spec.rules if each.host]
    return [
        obj.metadata.name,
        obj.spec.ingress_class_name or NONE,
        shortened(hosts, 3) or "*",
        ",".join(_balancer(obj.status)),
        "80, 443" if obj.spec.tls else "80",
        age(obj, now),
    ]


def _ingress_class(obj: Any, now: datetime) -> list[Any]:
    parameters, text = obj.spec.parameters, NONE
    if parameters is not None:
        group = f".{parameters.api_group}" if parameters.api_group else ""
        text = f"{parameters.kind}{group}/{parameters.name}"
    return [obj.metadata.name, obj.spec.controller, text, age(obj, now)]


def _address(obj: Any, now: datetime) -> list[Any]:
    parent, text = obj.spec.parent_ref, NONE
    if parent is not None:
        resource = f"{parent.resource}.{parent.group}" if parent.group else parent.resource
        text = f"{resource}/{parent.namespace}/{parent.name}"
    # One cell more than columns, as Kubernetes has it.
    return [obj.metadata.name, text, age(obj, now)]


def _policy(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, selector(obj.spec.pod_selector), age(obj, now)]


def _cidr(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, ",".join(obj.spec.cidrs), age(obj, now)]


PRINTERS = {
    "endpointslices": Printer(columns("Name", "AddressType", "Ports", "Endpoints", "Age"), _slice),
    "ingressclasses": Printer(columns("Name", "Controller", "Parameters", "Age"), _ingress_class),
    "ingresses": Printer(columns("Name", "Class", "Hosts", "Address", "Ports", "Age"), _ingress),
    "ipaddresses": Printer(columns("Name", "ParentRef"), _address),
    "networkpolicies": Printer(columns("Name", "Pod-Selector", "Age"), _policy),
    "servicecidrs": Printer(columns("Name", "CIDRs", "Age"), _cidr),
    "services": Printer(
        columns("Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", wide="Selector"), _service
    ),
}
