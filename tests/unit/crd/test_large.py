"""Large definitions and objects of theirs are checked beside the event loop."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from apiserver.crd.kind import CustomKind, Names
from apiserver.crd.strategy import strategy_for
from apiserver.registry.apiextensions.custom_resource_definitions import STRATEGY
from apiserver.registry.errors import Errors
from apiserver.registry.strategy import beside
from minik8s.api.apiextensions_v1 import (
    CustomResourceDefinition,
    CustomResourceDefinitionSpec,
    CustomResourceDefinitionVersion,
    CustomResourceValidation,
    JSONSchemaProps,
)

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
