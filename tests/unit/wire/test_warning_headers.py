"""Warnings go out in headers: nothing in them may end one, and together they stay small."""

from __future__ import annotations

from apiserver.call import warning_headers
from apiserver.registry.go_json_errors import json_object_problem


def test_lines_cannot_break_out_of_a_header() -> None:
    assert warning_headers(["a\r\nSet-Cookie: x", "yaml: errors:\n  line 1\x00", "", 'x "\\']) == [b'299 - "x \\"\\\\"']


def test_each_once_and_not_without_end() -> None:
    assert warning_headers(["a", "a", "b"]) == [b'299 - "a"', b'299 - "b"']
    assert len(warning_headers(["x" * 4000])[0]) > 4000
    many = warning_headers([f"{n} " + "y" * 1000 for n in range(100)])
    assert len(many) == 16 and sum(map(len, many)) < 5000
    assert warning_headers(["\ud800"]) == [b'299 - "?"']


def test_documents_of_any_depth_and_number_are_told_about() -> None:
    assert json_object_problem(b"[" * 100_000)
    assert json_object_problem(b'{"a":' + b"9" * 10_000 + b"}") == ""
    assert json_object_problem(b'{"a": t') == "unexpected end of JSON input"
    said = "invalid character 'x' in literal true (expecting 'u')"
    assert json_object_problem(b'{"a": trx') == said
    assert "number" in json_object_problem(b"9" * 10_000)
