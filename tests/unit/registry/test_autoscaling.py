"""HorizontalPodAutoscalers in both versions, and what becomes of one in the other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from apiserver.registry.autoscaling.conversion import BEHAVIOR, METRICS, to_v1, to_v2
from minik8s.api import autoscaling_v1, autoscaling_v2
from tests.support.registry import Kind

V1 = Kind("autoscaling/v1", "horizontalpodautoscalers")
V2 = Kind("autoscaling/v2", "horizontalpodautoscalers")
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}


def scaler(**spec: Any) -> dict[str, Any]:
    return {"spec": {"maxReplicas": 3, "scaleTargetRef": TARGET, **spec}}


def metric(kind: str = "resource", type: str = "Resource", **source: Any) -> dict[str, Any]:
    return {"metrics": [{"type": type, kind: source}]}


def test_an_autoscaler_is_filled_in() -> None:
    found, errors = V2.create(scaler(behavior={"scaleUp": {}}))
    assert errors == []
    spec = found["spec"]
    assert spec["minReplicas"] == 1
    target = {"type": "Utilization", "averageUtilization": 80}
    assert spec["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    assert spec["behavior"]["scaleUp"] == {
        "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, percent],
        "selectPolicy": "Max",
        "stabilizationWindowSeconds": 0,
    }
    assert spec["behavior"]["scaleDown"] == {"policies": [percent], "selectPolicy": "Max"}


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        (
            {"spec": {}},
            [
                "spec.maxReplicas: Required value: must be set and greater than 0",
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
                "spec.scaleTargetRef.kind: Required value",
                "spec.scaleTargetRef.name: Required value",
                'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
            ],
        ),
        (
            scaler(minReplicas=0),
            [
                "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
                "spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to "
                "zero replicas",
            ],
        ),
        (
            scaler(**metric(name="cpu", target={"type": "Utilization"})),
            [
                "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw "
                "value or a target utilization"
            ],
        ),
        (
            scaler(**metric("pods", "Pods", metric={"name": "m"}, target={"type": "AverageValue"})),
            [
                "spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue",
            ],
        ),
        (
            scaler(behavior={"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 2000}]}}),
            [
                "spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
                "spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 2000: must be less than or equal to "
                "1800",
            ],
        ),
    ],
)
def test_a_bad_autoscaler_is_refused(document: dict[str, Any], messages: list[str]) -> None:
    assert V2.create(document)[1] == messages


def test_the_older_version_is_checked_like_the_newer() -> None:
    found, errors = V1.create(scaler())
    assert (errors, found["spec"]["targetCPUUtilizationPercentage"]) == ([], 80)
    assert V1.create(scaler(targetCPUUtilizationPercentage=0))[1] == [
        "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"
    ]


def test_what_the_older_version_has_no_field_for_travels_in_annotations() -> None:
    metrics = [
        {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
        {
            "type": "Object",
            "object": {
                "describedObject": TARGET,
                "metric": {"name": "m"},
                "target": {"type": "Value", "value": "3"},
            },
        },
        {
            "type": "External",
            "external": {"metric": {"name": "q"}, "target": {"type": "AverageValue", "averageValue": "30"}},
        },
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
    ]
    stored, errors = V2.create(scaler(metrics=metrics, behavior={"scaleDown": {"stabilizationWindowSeconds": 10}}))
    assert errors == []
    obj = msgspec.convert(stored, autoscaling_v2.HorizontalPodAutoscaler)
    older = to_v1(obj)
    assert isinstance(older, autoscaling_v1.HorizontalPodAutoscaler)
    assert older.spec.target_cpu_utilization_percentage == 50
    assert older.metadata.annotations[METRICS] == (
        '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}},'
        '{"type":"Object","object":{"target":{"kind":"Deployment","name":"d","apiVersion":"apps/v1"},'
        '"metricName":"m","targetValue":"3"}},'
        '{"type":"External","external":{"metricName":"q","targetAverageValue":"30"}}]'
    )
    assert '"ScaleDown":{"StabilizationWindowSeconds":10,' in older.metadata.annotations[BEHAVIOR]
    assert to_v2(older) == obj


def test_annotations_that_make_no_sense_say_nothing() -> None:
    odd = autoscaling_v1.HorizontalPodAutoscaler()
    odd.metadata.annotations = {METRICS: "{", BEHAVIOR: "[]", "mine": "1"}
    found = to_v2(odd)
    assert (found.spec.metrics, found.spec.behavior, found.metadata.annotations) == ([], None, {"mine": "1"})
    odd.metadata.annotations = {
        METRICS: '[{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"much"}}]',
        BEHAVIOR: '{"ScaleUp":{"Tolerance":"some"}}',
    }
    found = to_v2(odd)
    assert (found.spec.metrics, found.spec.behavior) == ([], None)


NAME = "spec.metrics[0].containerResource.name: Invalid value: "


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        (scaler(maxReplicas=-1), ["spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1"]),
        (
            scaler(
                **metric("pods", "Pods", metric={"name": "m"}, target={"type": "AverageValue", "averageValue": "0"})
            ),
            ['spec.metrics[0].pods.target.averageValue: Invalid value: "0": must be positive'],
        ),
        (
            scaler(
                **metric(
                    "containerResource",
                    "ContainerResource",
                    name="x",
                    container="a.b",
                    target={"type": "Utilization", "averageUtilization": 1},
                )
            ),
            [
                NAME + '"x": must be a standard resource type or fully qualified',
                NAME + '"x": must be a standard resource for containers',
                'spec.metrics[0].containerResource.container: Invalid value: "a.b": must not contain dots',
            ],
        ),
    ],
)
def test_bounds_and_names(document: dict[str, Any], messages: list[str]) -> None:
    _, errors = V2.create(document)
    assert [error for error in errors if "minReplicas" not in error] == messages


CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"


def test_annotations_of_the_older_version_that_say_the_status_are_part_of_it() -> None:
    said = scaler() | {"metadata": {"annotations": {CONDITIONS: '[{"type":"A","status":"True"}]', "x": "y"}}}
    stored = V1.stored(said)
    # Nothing is known of what is new.
    assert stored["metadata"]["annotations"] == {"x": "y"}
    told, errors = V1.update(stored, {"metadata": {"annotations": said["metadata"]["annotations"]}}, "status")
    assert errors == []
    # The server writes it in its own way.
    written = '[{"type":"A","status":"True","lastTransitionTime":null}]'
    assert told["metadata"]["annotations"][CONDITIONS] == written
    # Who changes the rest leaves it alone.
    changed, errors = V1.update(told, {"metadata": {"annotations": None}, "spec": {"maxReplicas": 7}})
    assert (errors, changed["spec"]["maxReplicas"]) == ([], 7)
    assert changed["metadata"]["annotations"] == {CONDITIONS: written}
