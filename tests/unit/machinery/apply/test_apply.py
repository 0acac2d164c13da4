"""Apply: merging, conflicts, taking out what is no longer named, and who owns what afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from minik8s.api.apiextensions_v1 import JSONSchemaProps
from minik8s.api.apps_v1 import Deployment
from minik8s.api.core_v1 import ConfigMap, PersistentVolume, Pod, Service
from minik8s.machinery.apply.apply import Applied, Conflicts, apply, conflict_causes
from minik8s.machinery.apply.compare import compare, fields_in
from minik8s.machinery.apply.managers import ANCIENT, APPLY, UPDATE, Manager, Managers, Owned, read, write
from minik8s.machinery.apply.merge import merge
from minik8s.machinery.apply.schema import Schema, blank_of, schema_of
from minik8s.machinery.apply.update import after_update
from minik8s.machinery.apply.validate import ShapeError, check

NOW = "2026-01-02T03:04:05Z"
MAPS = schema_of(ConfigMap)


def applier(name: str) -> Manager:
    return Manager(name, APPLY, "v1")


def applied(live: dict[str, Any], config: dict[str, Any], managers: Managers, name: str, **options: bool) -> Applied:
    return apply(MAPS, live, config, managers, applier(name), NOW, **options)


def owned(managers: Managers) -> dict[str, Any]:
    return {each.manager.name: each.fields for each in managers.values()}


def test_what_is_no_longer_named_goes_unless_others_name_it() -> None:
    first = applied({"metadata": {}}, {"data": {"a": "1", "b": "2", "c": "3"}}, {}, "one")
    both = applied(first.document, {"data": {"b": "2"}}, first.managers, "two")
    after = applied(both.document, {"data": {"a": "1"}}, both.managers, "one")
    assert after.document["data"] == {"a": "1", "b": "2"}
    assert owned(after.managers) == {"one": {"f:data": {"f:a": {}}}, "two": {"f:data": {"f:b": {}}}}


def test_what_an_updater_changed_is_kept_when_the_applier_lets_it_go() -> None:
    first = applied({"metadata": {}}, {"data": {"a": "1", "b": "2"}}, {}, "one")
    changed = {"metadata": {}, "data": {"a": "9", "b": "2"}}
    managers = after_update(
        first.managers, compare(MAPS, first.document, changed), Manager("editor", UPDATE, "v1"), NOW
    )
    assert owned(managers) == {"one": {"f:data": {"f:b": {}}}, "editor": {"f:data": {"f:a": {}}}}
    after = applied(changed, {"data": {"b": "2"}}, managers, "one")
    assert after.document["data"] == {"a": "9", "b": "2"}


def test_null_says_nothing_of_the_parts_of_a_map() -> None:
    first = applied({"metadata": {}}, {"data": {"a": "1"}}, {}, "one")
    second = applied(first.document, {"data": None}, first.managers, "two")
    assert second.document["data"] == {"a": "1"}
    assert owned(second.managers) == {"one": {"f:data": {"f:a": {}}}, "two": {"f:data": {}}}
    third = applied(second.document, {"data": None}, second.managers, "one")
    assert third.document["data"] == {}
    assert applied({"metadata": {}}, {"data": None}, {}, "one").document["data"] is None


def test_a_field_may_take_apart_what_its_type_does_not() -> None:
    of = schema_of(PersistentVolume)
    touched = compare(of, {"spec": {}}, {"spec": {"claimRef": {"name": "a", "uid": "u"}}}).touched
    assert touched["f:spec"]["f:claimRef"] == {".": {}, "f:name": {}, "f:uid": {}}


@pytest.mark.parametrize(
    ("document", "owned"),
    [
        (
            {"additionalProperties": {"type": "string"}},
            {"f:additionalProperties": {".": {}, "f:type": {}}},
        ),
        ({"additionalProperties": True}, {"f:additionalProperties": {}}),
        ({"items": {"type": "string"}}, {"f:items": {".": {}, "f:type": {}}}),
        ({"items": [{"type": "string"}]}, {"f:items": {}}),
    ],
)
def test_what_is_a_scalar_or_a_struct_or_a_list_may_be_each(document: dict[str, Any], owned: dict[str, Any]) -> None:
    of = schema_of(JSONSchemaProps)
    check(of, document)
    assert compare(of, {}, document).touched == owned


def test_what_stands_twice_is_owned_as_a_whole() -> None:
    twice = [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]
    new = {"spec": {"containers": [{"name": "c", "env": twice}]}}
    touched = compare(schema_of(Pod), {"spec": {}}, new).touched
    env = touched["f:spec"]["f:containers"]['k:{"name":"c"}']["f:env"]
    assert env == {".": {}, 'k:{"name":"A"}': {}, 'k:{"name":"B"}': {".": {}, "f:name": {}}}


def test_a_conflict_tells_whose_and_force_takes_over() -> None:
    first = applied({"metadata": {}}, {"data": {"a": "1", "b": "2"}}, {}, "one")
    with pytest.raises(Conflicts) as refused:
        applied(first.document, {"data": {"a": "9"}}, first.managers, "two")
    assert conflict_causes(refused.value) == (
        'Apply failed with 1 conflict: conflict with "one": .data.a',
        [(".data.a", 'conflict with "one"')],
    )
    forced = applied(first.document, {"data": {"a": "9"}}, first.managers, "two", force=True)
    assert forced.document["data"] == {"a": "9", "b": "2"}
    assert owned(forced.managers) == {"one": {"f:data": {"f:b": {}}}, "two": {"f:data": {"f:a": {}}}}


def test_conflicts_are_listed_by_manager() -> None:
    managers = {
        each.manager.identity: each
        for each in (
            Owned(Manager("e", UPDATE, "v1", "status"), NOW, {"f:data": {"f:b": {}}}),
            Owned(applier("m"), NOW, {"f:data": {"f:a": {}, "f:c": {}}}),
        )
    }
    live = {"data": {"a": "1", "b": "2", "c": "3"}}
    with pytest.raises(Conflicts) as refused:
        applied(live, {"data": {"a": "x", "b": "x", "c": "x"}}, managers, "two")
    message, causes = conflict_causes(refused.value)
    assert message == (
        "Apply failed with 3 conflicts: "
        'conflicts with "e" with subresource "status" using v1:\n- .data.b\nconflicts with "m":\n- .data.a\n- .data.c'
    )
    assert len(causes) == 3


def test_applying_the_same_again_changes_nothing() -> None:
    config = {"metadata": {"name": "a"}, "data": {"a": "1"}}
    first = applied({"metadata": {}}, config, {}, "one")
    again = apply(MAPS, first.document, config, first.managers, applier("one"), "2030-01-01T00:00:00Z")
    assert not again.changed
    assert [each.time for each in again.managers.values()] == [NOW]


def test_a_new_object_belongs_to_its_maker_from_the_first_thing_that_was_not_there() -> None:
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "ports": [{"containerPort": 80}], "resources": {}}]},
    }
    changed = compare(schema_of(Pod), blank_of(Pod), document)
    assert changed.touched["f:metadata"] == {"f:labels": {".": {}, "f:a": {}}}
    assert changed.touched["f:spec"] == {
        "f:containers": {
            'k:{"name":"c"}': {
                ".": {},
                "f:name": {},
                "f:resources": {},
                "f:ports": {".": {}, 'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
            }
        }
    }


def test_atomic_parts_are_owned_as_a_whole() -> None:
    config = {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"tolerations": [{"key": "k"}]}}}}
    assert fields_in(schema_of(Deployment), config) == {
        "f:spec": {"f:selector": {}, "f:template": {"f:spec": {"f:tolerations": {}}}}
    }


@pytest.mark.parametrize(
    ("live", "config", "merged"),
    [
        (["a", "b", "c"], ["c", "a"], ["b", "c", "a"]),
        (["a", "b"], ["x", "b"], ["a", "x", "b"]),
        (["a"], ["b", "a", "c"], ["b", "a", "c"]),
        ([], ["a"], ["a"]),
    ],
)
def test_lists_keep_their_order_and_take_that_of_the_configuration(
    live: list[str], config: list[str], merged: list[str]
) -> None:
    schema = schema_of(Pod)

    def pod(names: list[str]) -> dict[str, Any]:
        return {"spec": {"containers": [{"name": name} for name in names]}}

    found = merge(schema, pod(live), pod(config))
    assert [each["name"] for each in found["spec"]["containers"]] == merged


@pytest.mark.parametrize(
    ("cls", "config", "fault"),
    [
        (ConfigMap, {"foo": 1}, ".foo: field not declared in schema"),
        (Deployment, {"spec": {"replicas": "x"}}, ".spec.replicas: expected numeric (int or float), got string"),
        (ConfigMap, {"immutable": "x"}, '.immutable: expected boolean, got &value.valueUnstructured{Value:"x"}'),
        (Pod, {"spec": {"containers": {"a": 1}}}, ".spec.containers: expected list, got &{map[a:1]}"),
        (
            Service,
            {"spec": {"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}]}},
            '.spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
        ),
    ],
)
def test_configurations_of_a_wrong_shape(cls: Any, config: dict[str, Any], fault: str) -> None:
    with pytest.raises(ShapeError) as refused:
        check(schema_of(cls), config)
    assert str(refused.value) == fault


def test_more_than_ten_updaters_are_put_together() -> None:
    managers: Managers = {}
    for number in range(13):
        manager = Manager(f"m{number}", UPDATE, "v1")
        managers[manager.identity] = Owned(manager, f"2026-01-01T00:00:{number:02d}Z", {"f:data": {f"f:k{number}": {}}})
    entries = write(managers)
    assert len(entries) == 10
    oldest = next(each for each in read(entries).values() if each.manager.name == ANCIENT)
    assert sorted(oldest.fields["f:data"]) == ["f:k0", "f:k1", "f:k2", "f:k3"]
    assert oldest.time == "2026-01-01T00:00:03Z"


def test_a_schema_from_elsewhere() -> None:
    schema = Schema(
        "map",
        fields={
            "spec": Schema(
                "map", fields={"items": Schema("list", element=MAPS, keys=("kind",)).settle()}, element=None
            ).settle()
        },
    ).settle()
    found = apply(schema, {}, {"spec": {"items": [{"kind": "a", "data": {"x": "1"}}]}}, {}, applier("m"), NOW)
    assert owned(found.managers) == {
        "m": {"f:spec": {"f:items": {'k:{"kind":"a"}': {".": {}, "f:kind": {}, "f:data": {"f:x": {}}}}}}
    }
