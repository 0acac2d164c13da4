"""Small operations on objects: times, copies, owners, conditions, numbers or percentages."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from minik8s.api.apiextensions_v1 import JSONSchemaProps
from minik8s.api.apps_v1 import Deployment, DeploymentCondition, ReplicaSet
from minik8s.api.core_v1 import Container, Pod, PodSpec, Secret
from minik8s.api.meta_v1 import ManagedFieldsEntry, ObjectMeta
from minik8s.machinery import intstr, times
from minik8s.machinery.conditions import get_condition, is_true, remove_condition, set_condition
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import controller_of, is_controlled_by, owner_reference


def test_times() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert times.format_time(moment) == "2026-01-02T03:04:05Z"
    assert times.format_micro_time(moment) == "2026-01-02T03:04:05.000006Z"
    assert times.parse_time(times.format_micro_time(moment)) == moment
    assert times.parse_time("2026-01-02T04:04:05+01:00") == moment.replace(microsecond=0)
    assert times.parse_time("2026-01-02T03:04:05.123456789Z").microsecond == 123456
    for text in ("2026-01-02T03:04:05", "2026-01-02", "20260102T030405Z", "2026-13-02T03:04:05Z", ""):
        with pytest.raises(times.TimeError):
            times.parse_time(text)


@pytest.mark.parametrize(
    ("text", "seconds", "written"),
    [
        ("1h30m", 5400, "1h30m0s"), ("90s", 90, "1m30s"), ("1.5s", 1.5, "1.5s"), ("300ms", 0.3, "300ms"),
        ("0", 0, "0s"),
        ("-2m", -120, "-2m0s"), ("10us", 1e-5, "10µs"), ("1500us", 0.0015, "1.5ms"), (".5h", 1800, "30m0s"),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float, written: str) -> None:
    assert times.parse_duration(text) == timedelta(seconds=seconds)
    assert times.format_duration(times.parse_duration(text)) == written


@pytest.mark.parametrize("text", ["", "1", "s", "1x", "1h-1m", "1 s", "1e9h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(times.TimeError):
        times.parse_duration(text)


def test_copies_share_nothing_that_changes() -> None:
    pod = Pod(metadata=ObjectMeta(labels={"a": "b"}), spec=PodSpec(containers=[Container(name="c", args=["x"])]))
    copied = deep_copy(pod)
    assert copied == pod
    copied.metadata.labels["a"] = "z"
    copied.spec.containers[0].args.append("y")
    copied.spec.node_selector["k"] = "v"
    assert pod.metadata.labels == {"a": "b"}
    assert pod.spec.containers[0].args == ["x"]
    assert pod.spec.node_selector == {}


def test_copies_of_secrets_schemas_and_documents() -> None:
    secret = Secret(
        data={"a": b"x"}, metadata=ObjectMeta(managed_fields=[ManagedFieldsEntry(fields_v1=msgspec.Raw(b"{}"))])
    )
    assert deep_copy(secret) == secret
    schema = JSONSchemaProps(properties={"a": JSONSchemaProps(type="string", enum=[msgspec.Raw(b'"x"')])})
    copied = deep_copy(schema)
    assert copied == schema
    copied.properties["a"].type = "integer"
    assert schema.properties["a"].type == "string"
    document = {"a": [{"b": 1}], "c": None}
    other = deep_copy(document)
    assert other == document
    assert other["a"] is not document["a"]


def test_owners() -> None:
    owner = ReplicaSet(metadata=ObjectMeta(name="web", uid="u1"))
    pod = Pod(metadata=ObjectMeta(name="p", owner_references=[owner_reference(owner)]))
    reference = controller_of(pod)
    assert reference is not None
    assert (reference.kind, reference.api_version, reference.block_owner_deletion) == ("ReplicaSet", "apps/v1", True)
    assert is_controlled_by(pod, owner)
    assert not is_controlled_by(pod, Deployment(metadata=ObjectMeta(name="web", uid="u2")))
    assert controller_of(Pod(metadata=ObjectMeta(owner_references=[owner_reference(owner, controller=False)]))) is None


def test_conditions_move_their_time_only_with_their_status() -> None:
    conditions: list[DeploymentCondition] = []
    assert set_condition(conditions, DeploymentCondition(type="A", status="True"), "t1")
    assert not set_condition(conditions, DeploymentCondition(type="A", status="True"), "t2")
    assert set_condition(conditions, DeploymentCondition(type="A", status="True", reason="r"), "t3")
    found = get_condition(conditions, "A")
    assert found is not None
    assert found.last_transition_time == "t1"
    assert is_true(conditions, "A")
    assert set_condition(conditions, DeploymentCondition(type="A", status="False", last_transition_time="t4"))
    assert conditions[0].last_transition_time == "t4"
    assert get_condition(conditions, "B") is None
    assert remove_condition(conditions, "A")
    assert not remove_condition(conditions, "A")


def test_numbers_and_percentages() -> None:
    assert intstr.scaled_value(3, 10, round_up=True) == 3
    assert intstr.scaled_value("25%", 10, round_up=True) == 3
    assert intstr.scaled_value("25%", 10, round_up=False) == 2
    assert intstr.scaled_value("-25%", 10, round_up=False) == -3
    assert (intstr.int_value("7"), intstr.int_value("x"), intstr.int_value(None)) == (7, 0, 0)
    for value, message in (
        ("5", "invalid value for IntOrString: invalid type: string is not a percentage"),
        ("x%", 'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax'),
        (None, "nil value for IntOrString"),
    ):
        with pytest.raises(intstr.IntOrStringError) as caught:
            intstr.scaled_value(value, 10, round_up=True)
        assert str(caught.value) == message
