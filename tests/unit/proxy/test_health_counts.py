"""What a health check port counts: this node's own endpoints that are ready."""

from __future__ import annotations

from typing import Any

import msgspec

from minik8s.api.core_v1 import Service
from minik8s.api.discovery_v1 import EndpointSlice
from proxy.topology import NodeView, fronts_of, local_endpoint_count

NODE = NodeView("n1")


def service(*ports: str) -> Service:
    spec = {
        "type": "LoadBalancer",
        "clusterIP": "10.96.0.9",
        "clusterIPs": ["10.96.0.9"],
        "externalTrafficPolicy": "Local",
        "ports": [
            {"name": name, "port": 80 + n, "nodePort": 30000 + n, "protocol": "TCP"} for n, name in enumerate(ports)
        ],
    }
    return msgspec.convert({"metadata": {"name": "web", "namespace": "default"}, "spec": spec}, Service)


def piece(*endpoints: dict[str, Any], port: str = "http", family: str = "IPv4") -> EndpointSlice:
    made = {
        "metadata": {"name": "web-1", "namespace": "default"},
        "addressType": family,
        "ports": [{"name": port, "port": 8080, "protocol": "TCP"}],
        "endpoints": list(endpoints),
    }
    return msgspec.convert(made, EndpointSlice)


def endpoint(address: str, node: str = "n1", **conditions: bool) -> dict[str, Any]:
    return {"addresses": [address], "nodeName": node, "conditions": conditions}


def test_only_ready_ones_of_this_node_count_and_each_address_once() -> None:
    ready = endpoint("10.244.0.2", ready=True)
    others = [endpoint("10.244.0.3", ready=False), endpoint("10.244.1.2", "n2", ready=True)]
    slices = [piece(ready, *others), piece(ready, port="https"), piece(endpoint("10.244.0.9"), port="else")]
    assert local_endpoint_count(service("http", "https"), slices, NODE) == 1
    assert local_endpoint_count(service("http"), [piece(ready, family="IPv6")], NODE) == 0


def test_an_endpoint_that_ends_takes_traffic_and_counts_no_more() -> None:
    ends = piece(endpoint("10.244.0.2", ready=False, serving=True, terminating=True))
    [node_port] = [front for front in fronts_of(service("http"), [ends], NODE) if front.kind == "node"]
    assert [each.ip for each in node_port.endpoints] == ["10.244.0.2"]
    assert local_endpoint_count(service("http"), [ends], NODE) == 0
