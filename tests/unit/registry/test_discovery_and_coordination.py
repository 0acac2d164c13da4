"""EndpointSlices and Leases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind

SLICES = Kind("discovery.k8s.io/v1", "endpointslices")
LEASES = Kind("coordination.k8s.io/v1", "leases")


def slice_(*addresses: str, family: str = "IPv4", **more: Any) -> dict[str, Any]:
    return {"addressType": family, "endpoints": [{"addresses": list(addresses)}], **more}


def test_ports_of_a_slice_are_filled_in() -> None:
    found, errors = SLICES.create(slice_("192.0.2.1", ports=[{"port": 80}]))
    assert (errors, found["ports"]) == ([], [{"name": "", "port": 80, "protocol": "TCP"}])
    assert found["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        ({}, ["addressType: Required value"]),
        (slice_(), ["endpoints[0].addresses: Required value: must contain at least 1 address"]),
        (
            slice_("10.0.0.1", family="IPv6"),
            ['endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address'],
        ),
        (
            slice_("127.0.0.1"),
            [
                'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, '
                "::1/128)"
            ],
        ),
        (
            slice_("2001:DB8::1", "x", family="IPv6"),
            [
                'endpoints[0].addresses[0]: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
                'endpoints[0].addresses[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
                "2001:db8::ffff)",
            ],
        ),
        (
            slice_("a", family="FQDN"),
            [
                'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments '
                "separated by dots"
            ],
        ),
        (
            slice_("10.0.0.1", ports=[{"port": 1}, {"port": 2}]),
            ['ports[1].name: Duplicate value: ""'],
        ),
    ],
)
def test_a_bad_slice_is_refused(document: dict[str, Any], messages: list[str]) -> None:
    assert SLICES.create(document)[1] == messages


def test_a_slice_keeps_its_family_and_counts_labels_as_a_change() -> None:
    stored = SLICES.stored(slice_("192.0.2.1"))
    changed, errors = SLICES.update(stored, {"metadata": {"labels": {"a": "b"}}})
    assert (errors, changed["metadata"]["generation"]) == ([], 2)
    changed, _ = SLICES.update(stored, {"metadata": {"annotations": {"a": "b"}}})
    assert changed["metadata"]["generation"] == 1
    _, errors = SLICES.update(stored, {"addressType": "FQDN", "endpoints": [{"addresses": ["a.example.com"]}]})
    assert errors == ['addressType: Invalid value: "FQDN": field is immutable']


def test_old_endpoints_stay_and_topology_goes_with_a_change() -> None:
    node = {"kubernetes.io/hostname": "n1"}
    stored = SLICES.stored(slice_("192.0.2.1"))
    stored["endpoints"] = [{"addresses": ["127.0.0.1"], "conditions": {}, "deprecatedTopology": node}]
    changed, errors = SLICES.update(stored, {"ports": [{"port": 99999}]})
    assert (errors, changed["endpoints"]) == ([], stored["endpoints"])
    changed, errors = SLICES.update(stored, {"endpoints": [{"addresses": ["10.0.0.1"], "deprecatedTopology": node}]})
    assert (errors, changed["endpoints"]) == ([], [{"addresses": ["10.0.0.1"], "conditions": {}, "nodeName": "n1"}])
    assert not SLICES.strategy.allow_create_on_update


def test_names_and_odd_addresses_are_warned_of() -> None:
    assert SLICES.warnings(slice_("a.example.com", family="FQDN")) == [
        "spec.addressType: FQDN endpoints are deprecated"
    ]
    odd = slice_("2001:DB8::1", family="IPv6")
    assert SLICES.warnings(odd) == [
        'endpoints[0].addresses[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'
    ]
    labels = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    assert SLICES.warnings({"metadata": {"labels": labels}, **odd}) == []


def test_a_lease_lasts_and_is_made_by_an_update_too() -> None:
    assert LEASES.create({"spec": {"leaseDurationSeconds": 0, "leaseTransitions": -1}})[1] == [
        "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
        "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ]
    found, errors = LEASES.create({"spec": {"holderIdentity": "h", "strategy": "OldestEmulationVersion"}})
    assert (errors, found["spec"]) == ([], {"holderIdentity": "h"})
    assert (LEASES.strategy.allow_create_on_update, LEASES.strategy.allow_unconditional_update) == (True, False)
