"""kubectl's JSONPath: the examples of its documentation, and what goes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from cli.output import jsonpath

PODS: dict[str, Any] = {
    "kind": "List",
    "items": [
        {"metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "x"}}, "status": {"n": 1, "ok": True}},
        {"metadata": {"name": "b"}, "status": {"n": 5, "ok": False}},
    ],
}


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{.kind}", "List"),
        ("{.items[*].metadata.name}", "a b"),
        ("{.items[0].metadata.name}", "a"),
        ("{.items[-1:].metadata.name}", "b"),
        ("{.items[*]['metadata.name', 'status.n']}", ""),
        ("{range .items[*]}{.metadata.name}={.status.n}{'\\n'}{end}", "a=1\nb=5\n"),
        ('{.items[?(@.metadata.name=="b")].status.n}', "5"),
        ("{.items[?(@.status.n>2)].metadata.name}", "b"),
        ("{.items[?(@.status.ok==true)].metadata.name}", "a"),
        ("{..name}", "a b"),
        ("{.items[0].metadata.labels.app\\.kubernetes\\.io/name}", "x"),
        ("{.items[0].status}", '{"n":1,"ok":true}'),
        ('n: {.items[0].status.n}, {"{"}', "n: 1, {"),
        ("{$.kind}", "List"),
        ("{.items[0,1].metadata.name}", "a b"),
        ("{.items[*].metadata.missing}", ""),
    ],
)
def test_templates(template: str, wanted: str) -> None:
    assert jsonpath.render(template, PODS, missing_fails=False) == wanted


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{.items", "unclosed action"),
        ("{range .items[*]}x", "unterminated range"),
        ("{end}", "not in range"),
        ("{.none}", "none is not found"),
        ("{.items[7].metadata}", "array index out of bounds: index 7, length 2"),
    ],
)
def test_what_cannot_be_read_says_so(template: str, message: str) -> None:
    with pytest.raises(jsonpath.PathError, match=message):
        jsonpath.render(template, PODS)
