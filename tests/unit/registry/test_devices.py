"""Devices: what selects them, what they offer, and what becomes of claims for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind

V1 = "resource.k8s.io/v1"
CLASSES = Kind(V1, "deviceclasses")
CLAIMS = Kind(V1, "resourceclaims")
TEMPLATES = Kind(V1, "resourceclaimtemplates")
SLICES = Kind(V1, "resourceslices")
POOL = {"name": "p", "generation": 1, "resourceSliceCount": 1}


def selecting(expression: str) -> dict[str, Any]:
    return {"spec": {"selectors": [{"cel": {"expression": expression}}]}}


def offering(*devices: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"driver": "d.example.com", "pool": POOL, "nodeName": "n", "devices": list(devices), **spec}}


def asking(**devices: Any) -> dict[str, Any]:
    request = {"name": "a", "exactly": {"deviceClassName": "c"}}
    either = {"name": "b", "firstAvailable": [{"name": "x", "deviceClassName": "c"}]}
    return {"spec": {"devices": {"requests": [request, either], **devices}}}


@pytest.mark.parametrize(
    "expression",
    [
        "device.driver == 'd' && device.attributes['d'].model == 'a'",
        "device.attributes['d'].whole",
        "device.capacity['d'].memory.compareTo(quantity('1Gi')) >= 0",
        "device.allowMultipleAllocations",
    ],
)
def test_expressions_may_speak_of_all_that_a_device_has(expression: str) -> None:
    assert CLASSES.create(selecting(expression))[1] == []


def test_expressions_are_compiled_and_say_yes_or_no() -> None:
    path = "spec.selectors[0].cel.expression: Invalid value"
    assert CLASSES.create(selecting("device.driver"))[1] == [
        f'{path}: "device.driver": must evaluate to bool or the unknown type, not string'
    ]
    (error,) = CLASSES.create(selecting("device.nothing"))[1]
    assert error.startswith(f'{path}: "device.nothing": compilation failed: ERROR: <input>:1:7: undefined field')


@pytest.mark.parametrize(
    ("devices", "messages"),
    [
        ({"constraints": [{"requests": ["b/x"], "matchAttribute": "d.example.com/m"}]}, []),
        ({"constraints": [{"distinctAttribute": "d.example.com/m"}]}, []),
        (
            {"constraints": [{"requests": ["b/y"], "matchAttribute": "m"}]},
            [
                'constraints[0].requests[0]: Invalid value: "b/y": must be the name of a request in the claim or the '
                "name of a request and a subrequest separated by '/'",
                'constraints[0].matchAttribute: Invalid value: "m": a fully qualified name must be a domain and a name '
                "separated by a slash",
            ],
        ),
        (
            {"constraints": [{}], "config": [{}]},
            [
                'constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, '
                "but multiple fields are set",
                "config[0].opaque: Required value",
            ],
        ),
    ],
)
def test_everything_speaks_of_requests_that_are_there(devices: dict[str, Any], messages: list[str]) -> None:
    assert CLAIMS.create(asking(**devices))[1] == [f"spec.devices.{message}" for message in messages]


def test_a_template_with_parameters_is_quoted_whole() -> None:
    config = [{"opaque": {"driver": "d.example.com", "parameters": {"a": 1}}}]
    stored = TEMPLATES.stored({"spec": asking(config=config)})
    (error,) = TEMPLATES.update(stored, {"spec": {"metadata": {"labels": {"a": "b"}}}})[1]
    assert error.startswith('spec: Invalid value: {"labels":{"a":"b"},"Spec":{"Devices":{"Requests":[{"Name":"a"')
    assert '"Parameters":{"a":1}' in error


@pytest.mark.parametrize(
    ("device", "messages"),
    [
        ({"attributes": {"d.example.com/m": {"string": "a"}, "v": {"version": "1.2.3-rc.1+b"}}}, []),
        (
            {"attributes": {"v": {"version": "1.2"}}},
            ['attributes[v].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0'],
        ),
        ({"attributes": {"v": {}}}, ['attributes[v]: Invalid value: "": exactly one value must be specified']),
        (
            {"taints": [{"key": "", "effect": "x"}]},
            [
                'taints[0].key: Invalid value: "": name part must be non-empty',
                'taints[0].effect: Unsupported value: "x": supported values: "NoExecute", "NoSchedule", "None"',
            ],
        ),
        (
            {"allNodes": True},
            [
                "Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if "
                "`perDeviceNodeSelection` is set to true in the ResourceSlice spec"
            ],
        ),
        (
            {"bindingConditions": ["a"], "bindingFailureConditions": ["a"]},
            [
                'bindingFailureConditions[0]: Invalid value: "a": '
                "bindingFailureConditions must not overlap with bindingConditions"
            ],
        ),
        (
            {"bindingConditions": ["a"]},
            [
                "bindingFailureConditions: Invalid value: null: "
                "bindingFailureConditions are required to use bindingConditions"
            ],
        ),
        (
            {"consumesCounters": [{"counterSet": "c"}]},
            ["consumesCounters[0].counters: Required value"],
        ),
    ],
)
def test_a_device_is_checked(device: dict[str, Any], messages: list[str]) -> None:
    _, errors = SLICES.create(offering({"name": "x", **device}))
    found = [error.removeprefix("spec.devices[0].").removeprefix("spec.devices[0]: ") for error in errors]
    assert [error for error in found if "must consist of" not in error] == messages


@pytest.mark.parametrize(
    ("policy", "messages"),
    [
        ({"default": "2", "validValues": ["1", "2"]}, []),
        ({"default": "2", "validRange": {"min": "1", "max": "4", "step": "1"}}, []),
        ({"validValues": ["1"]}, ["default: Required value: required when validValues is defined"]),
        (
            {"default": "3", "validValues": ["9", "1"]},
            [
                'validValues[1]: Invalid value: "1": values must be sorted in ascending order',
                'validValues[0]: Invalid value: "9": option is larger than capacity value: 8',
                'validValues: Invalid value: "3": default value is not valid according to the requestPolicy',
            ],
        ),
        (
            {"default": "2", "validRange": {"min": "1", "max": "9", "step": "2"}},
            [
                'validRange.max: Invalid value: "9": max is larger than capacity value: 8',
                'validRange.step: Invalid value: "2": value is not a multiple of a given step (2) from (1)',
            ],
        ),
    ],
)
def test_requests_take_what_the_policy_of_a_capacity_allows(policy: dict[str, Any], messages: list[str]) -> None:
    device = {"name": "x", "capacity": {"c": {"value": "8", "requestPolicy": policy}}}
    _, errors = SLICES.create(offering({**device, "allowMultipleAllocations": True}))
    assert errors == [f"spec.devices[0].capacity[c].requestPolicy.{message}" for message in messages]
    assert SLICES.create(offering(device))[1] == [
        "spec.devices[0].capacity[c].requestPolicy: Forbidden: allowMultipleAllocations must be true"
    ]


def test_a_slice_has_devices_or_counters_for_them() -> None:
    counters = [{"name": "c", "counters": {"m": {"value": "1Gi"}}}]
    assert SLICES.create(offering(sharedCounters=counters))[1] == []
    assert SLICES.create(offering({"name": "x"}, sharedCounters=counters))[1] == [
        'spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'
    ]
    taints = [{"key": "k", "effect": "NoSchedule"}]
    many = [{"name": f"x{number}", "taints": taints} for number in range(65)]
    assert SLICES.create(offering(*many))[1] == ["spec.devices: Too many: 65: must have at most 64 items"]
    assert SLICES.warnings(offering(driver="D.example.com")) == [
        'spec.driver: driver names should be lowercase; "D.example.com" contains uppercase characters'
    ]


def test_a_taint_knows_since_when_it_is_there() -> None:
    since = "2020-01-02T03:04:05Z"
    taints = [{"key": "a", "effect": "NoSchedule"}, {"key": "b", "effect": "NoSchedule", "timeAdded": since}]
    (device,) = SLICES.stored(offering({"name": "x", "taints": taints}))["spec"]["devices"]
    assert device["taints"][1]["timeAdded"] == since
    assert device["taints"][0]["timeAdded"] > since


def test_an_allocation_names_requests_and_devices_and_what_is_known_of_them_goes_with_it() -> None:
    stored = CLAIMS.stored(asking())
    result = {"request": "b/x", "driver": "d.example.com", "pool": "p", "device": "x"}
    bad = {"results": [{**result, "request": "z", "shareID": "1"}], "config": [{}]}
    assert CLAIMS.update(stored, {"status": {"allocation": {"devices": bad}}}, "status")[1] == [
        'status.allocation.devices.results[0].request: Invalid value: "z": must be the name of a request in the claim '
        "or the name of a request and a subrequest separated by '/'",
        'status.allocation.devices.results[0].shareID: Invalid value: "1": '
        "error validating uid: invalid UUID length: 1",
        "status.allocation.devices.config[0].source: Required value",
        "status.allocation.devices.config[0].opaque: Required value",
    ]
    device = {"driver": "d.example.com", "pool": "p", "device": "x", "networkData": {"ips": ["10.0.0.1/24"]}}
    good = {"allocation": {"devices": {"results": [result]}}, "devices": [device]}
    taken, errors = CLAIMS.update(stored, {"status": good}, "status")
    assert errors == []
    assert CLAIMS.update(taken, {"status": {"devices": [{**device, "networkData": {"ips": ["10.0.0.1"]}}]}}, "status")[
        1
    ] == [
        'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form, '
        "(e.g. 10.9.8.7/24 or 2001:db8::1/64)"
    ]
    freed, errors = CLAIMS.update(taken, {"status": {"allocation": None}}, "status")
    assert (errors, freed["status"]) == ([], {})


def test_a_device_that_was_not_given_is_quoted_as_what_it_is_known_by() -> None:
    stored = CLAIMS.stored(asking())
    device = {"driver": "d.example.com", "pool": "p", "device": "x"}
    quoted = '{"Driver":"d.example.com","Pool":"p","Device":"x","ShareID":""}'
    assert CLAIMS.update(stored, {"status": {"devices": [device, device]}}, "status")[1] == [
        f"status.devices[0]: Invalid value: {quoted}: must be an allocated device in the claim",
        f"status.devices[1]: Invalid value: {quoted}: must be an allocated device in the claim",
        f"status.devices[1]: Duplicate value: {quoted}",
    ]
