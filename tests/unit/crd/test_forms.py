"""Which stored values are made what the schema wants before they are served."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.crd import forms
from apiserver.crd.forms import CustomForm
from apiserver.crd.kind import CustomKind, Names

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 1}}}},
}
_VALUE = b'{"kind":"Foo","apiVersion":"x.io/v1","metadata":{"name":"a"},"spec":{"gone":true}}'
_AS_IT_IS = b'"spec":{"gone":true}}'
_AS_WANTED = b'"spec":{"size":1}}'


def _form(since: int, changed: bool) -> CustomForm:
    names = Names("x.io", "foos", "foo", "Foo", "FooList", True)
    kind = CustomKind(names, {"name": "v1"}, lambda: {"name": "v1", "schema": {"openAPIV3Schema": _SCHEMA}})
    return CustomForm(kind, {}, None, since, changed)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(forms.time, "monotonic", lambda: now[0])
    return now


def test_what_was_written_before_the_definition_last_changed(clock: list[float]) -> None:
    for changed in (False, True):
        assert _form(7, changed).wire(_VALUE, 7).endswith(_AS_WANTED)


def test_another_server_may_go_by_the_former_definition_for_a_while(clock: list[float]) -> None:
    form = _form(7, True)
    assert form.wire(_VALUE, 8).endswith(_AS_WANTED)
    clock[0] += 6
    assert form.wire(_VALUE, 8).endswith(_AS_IT_IS)


def test_a_definition_that_never_changed_has_no_former_one(clock: list[float]) -> None:
    assert _form(7, False).wire(_VALUE, 8).endswith(_AS_IT_IS)
