"""What is made of a type when it is first needed is whole for whoever asks meanwhile, in any thread."""

from __future__ import annotations

import threading
from typing import Annotated

import pytest

from apiserver import field_checks
from minik8s.api.fields import F, Struct, fields_of
from minik8s.machinery.apply import schema


class Leaf(Struct):
    first: Annotated[str, F(1)] = ""
    second: Annotated[str, F(2)] = ""


class Tree(Struct):
    leaf: Annotated[Leaf | None, F(1)] = None
    trees: Annotated[list[Tree], F(2)] = []


@pytest.mark.parametrize("part", [field_checks, schema], ids=["tables", "schemas"])
def test_nobody_sees_half_of_it(part: object, monkeypatch: pytest.MonkeyPatch) -> None:
    make = field_checks._table if part is field_checks else schema.schema_of
    halfway, go_on = threading.Event(), threading.Event()

    def slowly(cls: type[Struct]) -> object:
        for field in fields_of(cls):
            yield field
            if threading.current_thread() is first and cls is Leaf:
                halfway.set()
                go_on.wait(5)

    monkeypatch.setattr(part, "fields_of", slowly)
    seen: list[int] = []
    first = threading.Thread(target=lambda: seen.append(len(make(Tree).fields)))
    second = threading.Thread(target=lambda: seen.append(len(make(Leaf).fields)))
    first.start()
    assert halfway.wait(5)
    second.start()
    second.join(0.1)
    go_on.set()
    first.join(5)
    second.join(5)
    assert seen == [2, 2]


def test_a_type_that_could_not_be_read_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Struct):
        one: Annotated[Leaf | None, F(1)] = None

    with monkeypatch.context() as broken:
        broken.setattr(field_checks, "fields_of", lambda cls: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            field_checks._table(Broken)
    assert set(field_checks._table(Broken).fields) == {"one"} and not field_checks._making
