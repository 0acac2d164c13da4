"""Storage classes, attachments and what CSI drivers tell of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind

V1 = "storage.k8s.io/v1"
CLASSES = Kind(V1, "storageclasses")
ATTRIBUTES = Kind(V1, "volumeattributesclasses")
ATTACHMENTS = Kind(V1, "volumeattachments")
DRIVERS = Kind(V1, "csidrivers")
NODES = Kind(V1, "csinodes")
CAPACITIES = Kind(V1, "csistoragecapacities")


def test_a_class_is_filled_in_and_stays() -> None:
    stored = CLASSES.stored({"provisioner": "p.example.com"})
    assert (stored["reclaimPolicy"], stored["volumeBindingMode"]) == ("Delete", "Immediate")
    assert CLASSES.update(stored, {"parameters": {"a": "b"}, "reclaimPolicy": "Retain"})[1] == [
        'parameters: Invalid value: {"a":"b"}: field is immutable',
        'reclaimPolicy: Invalid value: "Retain": field is immutable',
    ]
    assert CLASSES.update(stored, {"allowVolumeExpansion": True})[1] == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "provisioner: Required value"),
        (
            {"provisioner": "p", "reclaimPolicy": "Recycle"},
            'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
        ),
        (
            {"provisioner": "p", "allowedTopologies": [{"matchLabelExpressions": [{"key": "a", "values": []}]}]},
            "allowedTopologies[0].matchLabelExpressions[0].values: Required value",
        ),
    ],
)
def test_a_bad_class_is_refused(document: dict[str, Any], message: str) -> None:
    assert CLASSES.create(document)[1] == [message]


def test_attributes_need_parameters_and_stay() -> None:
    assert ATTRIBUTES.create({"driverName": "d"})[1] == [
        "parameters: Required value: must contain at least one key/value pair"
    ]
    stored = ATTRIBUTES.stored({"driverName": "d", "parameters": {"a": "b"}})
    assert ATTRIBUTES.update(stored, {"parameters": {"a": "c"}})[1] == [
        "parameters: Forbidden: updates to parameters are forbidden."
    ]


def test_an_attachment_names_one_volume_and_stays() -> None:
    spec = {"attacher": "d.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}
    stored = ATTACHMENTS.stored({"spec": spec, "status": {"attached": True}})
    assert stored["status"] == {"attached": False}
    _, errors = ATTACHMENTS.update(stored, {"spec": {"nodeName": "m"}})
    assert len(errors) == 1
    assert errors[0].startswith('spec: Invalid value: {"Attacher":"d.example.com",')
    changed, errors = ATTACHMENTS.update(stored, {"status": {"attached": True}}, "status")
    assert (errors, changed["status"]["attached"]) == ([], True)
    assert ATTACHMENTS.create({"spec": {**spec, "source": {}}})[1] == [
        "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName"
    ]


def test_a_driver_is_filled_in_and_keeps_how_volumes_come_and_go() -> None:
    stored = DRIVERS.stored({"metadata": {"name": "d.example.com"}})
    assert stored["spec"]["volumeLifecycleModes"] == ["Persistent"]
    assert stored["spec"]["fsGroupPolicy"] == "ReadWriteOnceWithFSType"
    assert DRIVERS.update(stored, {"spec": {"attachRequired": False}})[1] == [
        "spec.attachedRequired: Invalid value: false: field is immutable"
    ]
    changed, errors = DRIVERS.update(stored, {"spec": {"requiresRepublish": True}})
    assert (errors, changed["metadata"]["generation"]) == ([], 1)


def test_a_driver_on_a_machine_keeps_its_name_there() -> None:
    driver = {"name": "d.example.com", "nodeID": "i", "topologyKeys": ["k"]}
    stored = NODES.stored({"spec": {"drivers": [driver]}})
    _, errors = NODES.update(stored, {"spec": {"drivers": [{**driver, "nodeID": "j"}]}})
    assert len(errors) == 1
    assert errors[0].startswith("spec.drivers: Invalid value: {")
    assert NODES.update(stored, {"spec": {"drivers": [{**driver, "allocatable": {"count": 3}}]}})[1] == []
    assert NODES.create({"spec": {"drivers": [driver, driver]}})[1] == [
        'spec.drivers[1].name: Duplicate value: "d.example.com"'
    ]


def test_only_sizes_of_a_capacity_change() -> None:
    stored = CAPACITIES.stored({"storageClassName": "c", "capacity": "1Gi"})
    assert CAPACITIES.update(stored, {"capacity": "2Gi"})[1] == []
    assert CAPACITIES.update(stored, {"storageClassName": "d", "capacity": "-1"})[1] == [
        'capacity: Invalid value: "-1": must be greater than or equal to 0',
        'storageClassName: Invalid value: "d": field is immutable',
    ]


def test_a_changed_class_is_checked_as_a_new_one() -> None:
    stored = CLASSES.stored({"provisioner": "p.example.com"})
    terms = [{"matchLabelExpressions": [{"key": "zone", "values": []}]}]
    assert CLASSES.update(stored, {"allowedTopologies": terms, "provisioner": ""})[1] == [
        "provisioner: Required value",
        "allowedTopologies[0].matchLabelExpressions[0].values: Required value",
        'provisioner: Invalid value: "": field is immutable',
    ]
    assert CLASSES.create({"provisioner": "p", "allowedTopologies": [{}]})[1] == [
        'allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'
    ]


def test_a_driver_says_where_its_tokens_go() -> None:
    stored = DRIVERS.stored({"spec": {"tokenRequests": [{"audience": "a"}], "preventPodSchedulingIfMissing": True}})
    assert "preventPodSchedulingIfMissing" not in stored["spec"]
    assert len(DRIVERS.warnings(stored)) == 1
    assert DRIVERS.warnings({"spec": {"tokenRequests": [{}], "serviceAccountTokenInSecrets": True}}) == []
    # How groups own files may change, and any change of the spec counts.
    changed, errors = DRIVERS.update(stored, {"spec": {"fsGroupPolicy": "File"}})
    assert (errors, changed["metadata"]["generation"]) == ([], 1)
    assert DRIVERS.create({"metadata": {"name": "d" * 64}})[1] == []


def test_room_is_not_negative_and_stays_where_it_is() -> None:
    stored = CAPACITIES.stored({"storageClassName": "c", "capacity": "1Gi"})
    bad = {"nodeTopology": {"matchExpressions": [{"key": "a", "operator": "x"}]}, "capacity": "-1"}
    _, errors = CAPACITIES.update(stored, bad)
    assert errors == [
        'nodeTopology.matchExpressions[0].operator: Invalid value: "x": not a valid selector operator',
        'capacity: Invalid value: "-1": must be greater than or equal to 0',
        'nodeTopology: Invalid value: {"matchExpressions":[{"key":"a","operator":"x"}]}: field is immutable',
    ]
