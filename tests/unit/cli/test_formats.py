"""YAML, JSON, tab stops and Go templates as kubectl writes them."""

from __future__ import annotations

from typing import Any

import pytest

from cli.errors import CommandError
from cli.output import gotemplate, printer
from cli.output.tabs import aligned
from cli.output.yaml import dump


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("true", '"true"'),
        ("1", '"1"'),
        ("1e3", '"1e3"'),
        ("y", '"y"'),
        ("2026-01-02T03:04:05Z", '"2026-01-02T03:04:05Z"'),
        ("12:30", '"12:30"'),
        ("", '""'),
        ("*/5 * * * *", "'*/5 * * * *'"),
        ("a: b", "'a: b'"),
    ],
)
def test_strings_are_quoted_as_go_quotes_them(value: str, written: str) -> None:
    assert dump({"k": value}) == f"k: {written}\n"


def test_lists_stand_at_their_keys_depth() -> None:
    assert dump({"b": [1], "a": {"c": "x\ny\n"}}) == "a:\n  c: |\n    x\n    y\nb:\n- 1\n"


def test_json_has_sorted_keys_and_escapes() -> None:
    assert printer.shown({"b": "<&>", "a": 1}, "json") == '{\n    "a": 1,\n    "b": "\\u003c\\u0026\\u003e"\n}\n'


def test_unknown_formats_name_those_there_are() -> None:
    with pytest.raises(CommandError, match='unable to match a printer suitable for the output format "nope"'):
        printer.check("nope")


def test_tab_stops_hold_for_lines_next_to_each_other() -> None:
    assert aligned(["Name:\tx", "Labels:\ta=b", "\tc=d", "Events:", "  Type\tReason", "  Normal\tPulled"]) == [
        "Name:    x",
        "Labels:  a=b",
        "         c=d",
        "Events:",
        "  Type    Reason",
        "  Normal  Pulled",
    ]


DOCUMENT: dict[str, Any] = {"items": [{"name": "a", "n": 1}, {"name": "b"}], "m": {"y": "2", "x": "1"}, "b": "aGk="}


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{{.b}}", "aGk="),
        ("{{.b | base64decode}}", "hi"),
        ('{{range .items}}{{.name}}{{"\\n"}}{{end}}', "a\nb\n"),
        ("{{range $i, $e := .items}}{{$i}}={{$e.name}} {{end}}", "0=a 1=b "),
        ("{{range $k, $v := .m}}{{$k}}{{$v}}{{end}}", "x1y2"),
        ("{{range .items}}{{if .n}}{{.n}}{{else}}-{{end}}{{end}}", "1-"),
        ("{{if eq (len .items) 2}}two{{else if eq 1 1}}x{{end}}", "two"),
        ("{{with .m}}{{.x}}{{end}}{{.nope}}", "1<no value>"),
        ('{{printf "%s-%d" .b 3}}{{/* nothing */}}', "aGk=-3"),
        ('{{index .m "x"}}', "1"),
        ("a {{- .b -}} c", "aaGk=c"),
    ],
)
def test_go_templates(template: str, wanted: str) -> None:
    assert gotemplate.render(template, DOCUMENT) == wanted


@pytest.mark.parametrize("template", ["{{.a", "{{range .items}}", "{{nope .a}}", "{{end}}", "{{$x}}"])
def test_bad_templates(template: str) -> None:
    with pytest.raises(gotemplate.TemplateError):
        gotemplate.render(template, DOCUMENT)
