"""Texts in YAML answers: quoted where they would be read as something else, and only there, as Go does it."""

from __future__ import annotations

import pytest
import yaml

from apiserver.forms.yaml_text import dump


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.5", "1e3", "0x1f", "1_000", "12:30:45", "true", "no", "y", "N", "null", "~", "2026-01-02T03:04:05Z"],
)
def test_what_is_no_text_to_every_reader_is_quoted_twice(text: str) -> None:
    assert dump({"a": text}) == f'a: "{text}"\n'.encode()


@pytest.mark.parametrize("text", ["1.1.1.1", "10.0.0.0/8", "v1", "a:b", "100m", "1.2.3", "yesterday", "5s"])
def test_other_texts_stand_as_they_are(text: str) -> None:
    assert dump({"a": text}) == f"a: {text}\n".encode()


@pytest.mark.parametrize("text", ["- a", "a: b", "#x", "*x", "{}", "a\nb", " a", "\t", "é"])
def test_every_text_comes_back(text: str) -> None:
    assert yaml.safe_load(dump({"a": [text]})) == {"a": [text]}
