"""Owners of fields in another version lose what a write changes there."""

from __future__ import annotations

import pytest

from minik8s.machinery.apply.apply import Conflicts, apply
from minik8s.machinery.apply.compare import Difference
from minik8s.machinery.apply.managers import APPLY, UPDATE, Manager, Managers, Owned
from minik8s.machinery.apply.schema import STRING, Schema
from minik8s.machinery.apply.update import after_update
from minik8s.machinery.apply.validate import ShapeError, check

TEXT = STRING
NEW = Schema("map", fields={"replicas": TEXT})
A = Manager("a", APPLY, "g/v1")
B = Manager("b", APPLY, "g/v2")


def owned(manager: Manager, *fields: str) -> Managers:
    return {manager.identity: Owned(manager, "then", {f"f:{field}": {} for field in fields})}


def count_of_v1(version: str, *documents: object) -> Difference | None:
    """In v1 the field is called count."""
    return Difference({"f:count": {}}, {}) if version == "g/v1" else None


def test_conflicts_are_told_in_the_version_of_the_owner() -> None:
    managers = owned(A, "count", "other")
    with pytest.raises(Conflicts) as caught:
        apply(NEW, {"replicas": "1"}, {"replicas": "2"}, managers, B, "now", elsewhere=count_of_v1)
    assert caught.value.owners == [(A, {"f:count": {}})]
    forced = apply(NEW, {"replicas": "1"}, {"replicas": "2"}, managers, B, "now", force=True, elsewhere=count_of_v1)
    assert forced.managers[A.identity].fields == {"f:other": {}}
    assert forced.managers[B.identity].fields == {"f:replicas": {}}


def test_an_update_takes_fields_from_owners_of_another_version() -> None:
    writer = Manager("w", UPDATE, "g/v2")
    changed = Difference({"f:replicas": {}}, {})
    after = after_update(owned(A, "count", "other"), changed, writer, "now", None, count_of_v1)
    assert after[A.identity].fields == {"f:other": {}}
    # Where nothing is known of the version the fields are taken for the same.
    same = after_update(owned(A, "replicas"), changed, writer, "now", None, lambda version: None)
    assert A.identity not in same


def test_items_of_a_list_need_one_of_its_keys() -> None:
    item = Schema("map", fields={"k": TEXT, "v": TEXT})
    listed = Schema("map", fields={"list": Schema("list", keys=("k",), element=item)})
    check(listed, {"list": [{"k": "a"}]})
    with pytest.raises(ShapeError, match=r'element 0: associative list with keys .* omits all key fields \["k"\]'):
        check(listed, {"list": [{"v": "a"}]})


def test_the_first_field_that_is_not_declared_ends_a_map() -> None:
    with pytest.raises(ShapeError) as caught:
        check(Schema("map", fields={"a": NEW}), {"a": {"x": 1, "y": 2}, "z": 1, "zz": 2})
    assert str(caught.value) == "errors:\n  .a.x: field not declared in schema\n  .z: field not declared in schema"
