"""What a strict reader finds in a document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apiserver import decode_errors
from apiserver.coding import convert
from apiserver.field_checks import duplicate_fields, findings
from minik8s.api.apps_v1 import Deployment
from minik8s.api.core_v1 import ConfigMap, Event, PersistentVolumeClaim, Pod, Secret, Service


def found(cls: Any, text: str) -> list[str]:
    return findings(text.encode(), json.loads(text), cls)[0]


def test_unknown_fields_are_told_with_their_paths() -> None:
    text = '{"metadata":{"colour":1},"spec":{"containers":[{"name":"c","bar":{"a":1}}],"foo":1},"Data":{}}'
    assert found(Pod, text) == [
        'unknown field "metadata.colour"',
        'unknown field "spec.containers[0].bar"',
        'unknown field "spec.foo"',
        'unknown field "Data"',
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"data":{"a":"1"},"data":{"b":"2"}}',
        '{"data" : {"a":"1"},"data":{"b":"2"}}',
        '{"metadata":{"annotations":{"x":"\\":"}},"data":{},"data":{}}',
    ],
)
def test_duplicates_are_found_whatever_the_spelling(text: str) -> None:
    assert found(ConfigMap, text) == ['duplicate field "data"']


def test_quotes_and_colons_in_values_are_no_duplicates() -> None:
    assert found(ConfigMap, json.dumps({"data": {"a": json.dumps({"b": 1, "c": {"b": 2}})}})) == []
    assert duplicate_fields(b'{"data":{"a":"1","a":"2"},"x":[{"y":1,"y":2}]}') == ["data.a", "x[0].y"]


@pytest.mark.parametrize(
    ("cls", "document", "words"),
    [
        (
            Deployment,
            {"spec": {"replicas": "3"}},
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (Pod, {"spec": []}, "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec"),
        (
            Pod,
            {"spec": {"containers": {}}},
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            Service,
            {"spec": {"ports": [{"targetPort": 2**31}]}},
            "json: cannot unmarshal number 2147483648 into Go struct field ServicePort.spec.ports.targetPort "
            "of type int32",
        ),
        (
            Pod,
            {"status": {"startTime": "2026-13-01T25:00:00Z"}},
            'parsing time "2026-13-01T25:00:00Z": month out of range',
        ),
        (
            Pod,
            {"status": {"startTime": "2026-02-29T25:00:00Z"}},
            'parsing time "2026-02-29T25:00:00Z": hour out of range',
        ),
        (
            Pod,
            {"status": {"startTime": "2026-02-29T00:00:00Z"}},
            'parsing time "2026-02-29T00:00:00Z": day out of range',
        ),
        (Pod, {"status": {"startTime": "2024-02-29T00:00:00.5+05:30"}}, ""),
        (Event, {"eventTime": "2026-13-01T00:00:00Z"}, 'parsing time "2026-13-01T00:00:00Z": month out of range'),
        (
            Secret,
            {"type": 5},
            "json: cannot unmarshal number into Go struct field Secret.type of type v1.SecretType",
        ),
        (
            PersistentVolumeClaim,
            {"spec": {"accessModes": "ReadWriteOnce"}},
            "json: cannot unmarshal string into Go struct field PersistentVolumeClaimSpec.spec.accessModes "
            "of type []v1.PersistentVolumeAccessMode",
        ),
        (
            Pod,
            {"spec": {"volumes": [{"name": "v", "emptyDir": {"medium": True}}]}},
            "json: cannot unmarshal bool into Go struct field EmptyDirVolumeSource.spec.volumes.VolumeSource.emptyDir."
            "medium of type v1.StorageMedium",
        ),
        (
            Pod,
            {"spec": {"containers": [{"resources": {"limits": []}}]}},
            "json: cannot unmarshal array into Go struct field ResourceRequirements.spec.containers.resources.limits "
            "of type v1.ResourceList",
        ),
        (Secret, {"data": {"a": "!!!"}}, "illegal base64 data at input byte 0"),
        (Pod, {"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": 1}}}]}}, ""),
    ],
)
def test_misfits_in_the_words_of_go(cls: Any, document: dict[str, Any], words: str) -> None:
    assert decode_errors.problem(document, cls) == words


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05Z"),
        ("2026-01-31T23:04:05.987654321-02:00", "2026-02-01T01:04:05Z"),
    ],
)
def test_times_are_stored_in_whole_seconds_of_utc(said: str, stored: str) -> None:
    assert convert({"status": {"startTime": said}}, Pod).status.start_time == stored


def test_precise_times_keep_six_digits() -> None:
    found = convert({"eventTime": "2026-01-02T03:04:05.000007+02:00"}, Event)
    assert found.event_time == "2026-01-02T01:04:05.000007Z"
