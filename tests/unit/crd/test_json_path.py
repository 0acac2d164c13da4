"""Paths of columns: what names and dots mean to the reader that Kubernetes has for them."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.crd.json_path import JSONPathError, compile_path

DOCUMENT = {"spec": {"a b": 0, "length()": 1, "it's": 2, "x:y?": 3, "l": ["p", "q"], "": 4}}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".spec.length()", [1]),
        (".spec.it's", [2]),
        (".spec.x:y?", [3]),
        (".spec.l.length()", []),
        (".spec.", [4]),
        (".", []),
        (".spec.l[1]", ["q"]),
        (".spec.l.[0]", ["p"]),
    ],
)
def test_names(path: str, found: list[Any]) -> None:
    assert compile_path(path)(DOCUMENT) == found


@pytest.mark.parametrize("path", [".spec.a b", ".spec{a}", ".spec.a@b", "..", ".spec.l["])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(JSONPathError):
        compile_path(path)
