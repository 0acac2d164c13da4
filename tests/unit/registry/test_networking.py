"""Ingresses, their classes, network policies, and service addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind

V1 = "networking.k8s.io/v1"
INGRESSES = Kind(V1, "ingresses")
CLASSES = Kind(V1, "ingressclasses")
POLICIES = Kind(V1, "networkpolicies")
ADDRESSES = Kind(V1, "ipaddresses")
RANGES = Kind(V1, "servicecidrs")
SERVICE = {"service": {"name": "s", "port": {"number": 80}}}
PATH = "spec.rules[0].http.paths[0]"


def rule(host: str = "", **path: Any) -> dict[str, Any]:
    one = {"path": "/", "pathType": "Prefix", "backend": SERVICE, **path}
    return {"spec": {"rules": [{"host": host, "http": {"paths": [one]}}]}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"spec": {}}, "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"),
        (rule(path="a"), f'{PATH}.path: Invalid value: "a": must be an absolute path'),
        (rule(path="/a/.."), f"{PATH}.path: Invalid value: \"/a/..\": cannot end with '/..'"),
        (rule(pathType=None), f"{PATH}.pathType: Required value: pathType must be specified"),
        (
            rule(pathType="Regex"),
            f'{PATH}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", '
            '"Prefix"',
        ),
        (rule(backend={}), f'{PATH}.backend: Invalid value: "": resource or service backend is required'),
        (
            rule(backend={"service": {"name": "s"}}),
            f"{PATH}.backend: Required value: port name or number is required",
        ),
        (rule("10.0.0.1"), 'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'),
    ],
)
def test_a_bad_ingress_is_refused(document: dict[str, Any], message: str) -> None:
    assert INGRESSES.create(document)[1] == [message]


def test_an_ingress_counts_its_generations_and_keeps_its_status() -> None:
    stored = INGRESSES.stored(rule("*.example.com"))
    assert stored["metadata"]["generation"] == 1
    changed, errors = INGRESSES.update(
        stored, {"spec": {"ingressClassName": "c"}, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}}
    )
    assert (errors, changed["metadata"]["generation"], changed["status"]) == ([], 2, {"loadBalancer": {}})
    balancer = {"ingress": [{"ip": "x"}, {"hostname": "1.2.3.4"}]}
    _, errors = INGRESSES.update(stored, {"status": {"loadBalancer": balancer}}, "status")
    assert [error.partition(": ")[0] for error in errors] == [
        "status.loadBalancer.ingress[0].ip",
        "status.loadBalancer.ingress[1].hostname",
    ]


def test_the_class_as_an_annotation_is_warned_of() -> None:
    annotated = {"metadata": {"annotations": {"kubernetes.io/ingress.class": "a"}}, **rule()}
    assert INGRESSES.warnings(annotated) == [
        "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"
    ]
    annotated["spec"]["ingressClassName"] = "b"
    assert INGRESSES.create(annotated)[1] == [
        'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are '
        "specified"
    ]


def test_a_class_keeps_its_controller() -> None:
    parameters = {"kind": "P", "name": "p"}
    stored = CLASSES.stored({"spec": {"controller": "example.com/c", "parameters": parameters}})
    assert stored["spec"]["parameters"]["scope"] == "Cluster"
    _, errors = CLASSES.update(stored, {"spec": {"controller": "example.com/d"}})
    assert errors == ['spec.controller: Invalid value: "example.com/d": field is immutable']
    _, errors = CLASSES.update(stored, {"spec": {"parameters": {"namespace": "n"}}})
    assert errors == ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"]


def test_a_network_policy_is_filled_in() -> None:
    found, errors = POLICIES.create({"spec": {"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]}})
    assert errors == []
    assert found["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert found["spec"]["egress"] == [{"ports": [{"port": 53, "protocol": "TCP"}]}]


@pytest.mark.parametrize(
    ("ingress", "message"),
    [
        ({"from": [{}]}, "from[0]: Required value: must specify a peer"),
        (
            {"from": [{"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}]},
            "from[0]: Forbidden: may not specify both ipBlock and another peer",
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}}]},
            'from[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        ),
        (
            {"ports": [{"port": "http", "endPort": 90}]},
            "ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric",
        ),
        (
            {"ports": [{"port": 80, "endPort": 70}]},
            "ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
        ),
    ],
)
def test_a_bad_network_policy_is_refused(ingress: dict[str, Any], message: str) -> None:
    assert POLICIES.create({"spec": {"ingress": [ingress]}})[1] == [f"spec.ingress[0].{message}"]


def test_an_address_is_its_name_and_keeps_its_owner() -> None:
    spec = {"spec": {"parentRef": {"resource": "services", "namespace": "n", "name": "s"}}}
    stored = ADDRESSES.stored({"metadata": {"name": "10.96.0.1"}, **spec})
    assert ADDRESSES.create({"metadata": {"name": "2001:DB8::1"}, **spec})[1] == [
        'metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")'
    ]
    _, errors = ADDRESSES.update(stored, {"spec": {"parentRef": {"name": "t"}}})
    assert len(errors) == 1
    assert errors[0].startswith("spec.parentRef: Invalid value: {")
    assert errors[0].endswith("field is immutable")


def test_a_range_may_get_one_of_the_other_family() -> None:
    stored = RANGES.stored({"spec": {"cidrs": ["10.98.0.0/24"]}})
    assert RANGES.update(stored, {"spec": {"cidrs": ["10.98.0.0/24", "2001:db8::/96"]}})[1] == []
    assert RANGES.update(stored, {"spec": {"cidrs": ["10.99.0.0/24"]}})[1] == [
        'spec.cidrs[0]: Invalid value: "10.99.0.0/24": field is immutable'
    ]
    assert RANGES.create({"spec": {"cidrs": ["10.0.0.0/24", "10.1.0.0/24"]}})[1] == [
        'spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP family, '
        "i.e 192.168.0.0/24 and 2001:db8::/96"
    ]
    ready = [{"type": "Ready", "status": "True", "reason": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    assert RANGES.update(stored, {"status": {"conditions": ready}}, "status")[1] == []


def test_ranges_are_one_of_each_family() -> None:
    assert RANGES.create({"spec": {"cidrs": ["10.0.0.0/8", "10.1.0.0/16", "x"]}})[1] == [
        'spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/8","10.1.0.0/16","x"]}: may only hold up to 2 values'
    ]
    assert [error.split(":")[0] for error in RANGES.create({"spec": {"cidrs": ["10.0.0.1/8", "10.1.0.0/16"]}})[1]] == [
        "spec.cidrs[0]",
        "spec.cidrs",
    ]
