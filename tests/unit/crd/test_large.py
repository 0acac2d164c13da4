"""Large definitions and objects of theirs are checked beside the event loop."""

from __future__ import annotations

import threading
from typing import Any, cast

import msgspec
import pytest

from apiserver import at_once
from apiserver.call import Call
from apiserver.crd import rules
from apiserver.crd.kind import CustomKind, Names
from apiserver.crd.resource import CustomResource
from apiserver.crd.strategy import strategy_for
from apiserver.registry.apiextensions.custom_resource_definitions import STRATEGY
from apiserver.registry.errors import Errors
from apiserver.registry.strategy import Request, beside, create
from apiserver.rest import ownership
from apiserver.slow_kinds import SlowKinds, watch_for
from apiserver.storage.cache import ResourceCache
from apiserver.storage.cacher import Cacher
from minik8s.api.apiextensions_v1 import (
    CustomResourceDefinition,
    CustomResourceDefinitionSpec,
    CustomResourceDefinitionVersion,
    CustomResourceValidation,
    JSONSchemaProps,
)
from minik8s.api.object_meta import ObjectMeta

NAMES = Names("x.io", "cats", "cat", "Cat", "CatList", True)


def definition(fields: int) -> CustomResourceDefinition:
    schema = JSONSchemaProps(type="object", properties={f"f{n}": JSONSchemaProps(type="string") for n in range(fields)})
    version = CustomResourceDefinitionVersion(name="v1", schema=CustomResourceValidation(open_apiv3_schema=schema))
    return CustomResourceDefinition(spec=CustomResourceDefinitionSpec(versions=[version]))


def kind(size: int) -> CustomKind:
    def source() -> dict[str, Any]:
        return {"name": "v1", "schema": {"openAPIV3Schema": {"type": "object"}}}

    return CustomKind(NAMES, {"name": "v1"}, source, size)


@pytest.mark.parametrize(("fields", "elsewhere"), [(5, False), (5000, True)])
async def test_where_a_definition_is_checked(fields: int, elsewhere: bool) -> None:
    seen: list[bool] = []

    def check() -> Errors:
        seen.append(threading.current_thread() is not threading.main_thread())
        return Errors()

    await beside(STRATEGY, definition(fields), check)
    assert seen == [elsewhere]


def test_only_large_kinds_are_worked_with_elsewhere() -> None:
    for size, large in ((1000, False), (1_000_000, True)):
        strategy = strategy_for(kind(size))
        assert strategy.takes_long(None) is strategy.custom.large is large


def test_preparing_leaves_nothing_to_compile() -> None:
    found = kind(1_000_000)
    found.prepare()
    assert {"prune", "default", "check", "lists", "rules", "applied", "cls"} <= found.__dict__.keys()


@pytest.mark.parametrize(
    ("verb", "ruled", "compiled"), [("POST", True, True), ("GET", True, False), ("POST", False, False)]
)
async def test_what_is_dear_to_compile_is_compiled_elsewhere_when_it_is_first_written(
    monkeypatch: pytest.MonkeyPatch, verb: str, ruled: bool, compiled: bool
) -> None:
    made = CustomKind(NAMES, {"name": "v1"}, lambda: {"name": "v1"}, 1000, ruled=ruled)
    seen: list[bool] = []
    prepare = made.prepare

    def preparing() -> None:
        seen.append(threading.current_thread() is not threading.main_thread())
        prepare()

    monkeypatch.setattr(made, "prepare", preparing)
    resource = CustomResource(made, made, cast(Cacher, None), cast(ResourceCache, None), None)
    scope = {"method": verb, "raw_path": b"/apis/x.io/v1/namespaces/n/cats", "query_string": b"", "headers": []}
    for _ in range(2):
        await resource.prepare(Call(scope, cast(Any, None), cast(Any, None)))
    assert seen == ([True] if compiled else [])


def test_objects_with_many_fields_at_the_top_are_owned_field_by_field(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = {"type": "object", "properties": {f"f{n}": {"type": "string"} for n in range(50)}}
    made = CustomKind(NAMES, {"name": "v1"}, lambda: {"name": "v1", "schema": {"openAPIV3Schema": schema}})
    obj = made.cls(**{f"f{n}": "v" for n in range(50)})

    def whole(obj: Any) -> dict[str, Any]:
        raise AssertionError("the whole object for one of its fields")

    monkeypatch.setattr(ownership, "plain", whole)
    resource = CustomResource(made, made, cast(Cacher, None), cast(ResourceCache, None), None)
    ownership.own_created(resource, obj, ownership.Writer("m", "2024-01-01T00:00:00Z"))
    (entry,) = obj.metadata.managed_fields
    assert len(msgspec.json.decode(entry.fields_v1)) == 50


async def test_rules_that_take_long_are_begun_anew_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_SECONDS", 600.0)
    numbers = {"type": "array", "maxItems": 400, "items": {"type": "integer"}}
    spec = {
        "type": "object",
        "properties": {"l": numbers},
        "x-kubernetes-validations": [{"rule": "self.l.all(x, self.l.all(y, x + y > -1))"}],
    }
    schema = {"type": "object", "properties": {"spec": spec}}
    made = CustomKind(NAMES, {"name": "v1"}, lambda: {"name": "v1", "schema": {"openAPIV3Schema": schema}})
    strategy = strategy_for(made)
    made.prepare()
    slow = SlowKinds()
    watch_for(slow, ("x.io", "cats"))
    for size, elsewhere in ((3, False), (400, True)):
        monkeypatch.setattr(at_once, "SECONDS", 0.003 if elsewhere else 600.0)
        obj = made.cls(metadata=ObjectMeta(name="a", namespace="n"), spec={"l": list(range(size))})
        seen: list[bool] = []

        def check(obj: Any = obj, seen: list[bool] = seen) -> Errors:
            seen.append(threading.current_thread() is not threading.main_thread())
            return create(strategy, obj, Request("2024-01-01T00:00:00Z"))

        errors = await beside(strategy, obj, check)
        assert seen == ([False, True] if elsewhere else [False])
        assert [error.field for error in errors] == []
        assert (("x.io", "cats") in slow) is elsewhere
