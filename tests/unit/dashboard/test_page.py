"""The page's own logic, in Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import documents

HERE = Path(__file__).parent / "page"
NODE = shutil.which("node") or shutil.which("nodejs")
pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(NODE is None, reason="THE PAGE'S LOGIC IS NOT TESTED: there is no Node.js (apt install nodejs)"),
]


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.js")))
def test_logic(name: str) -> None:
    done = subprocess.run([str(NODE), "--test", str(HERE / name)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_is_a_module() -> None:
    files = [str(path) for path in (Path(documents.__file__).parent / "static").rglob("*.js")]
    program = """
        const { SourceTextModule } = require("node:vm");
        const { readFileSync } = require("node:fs");
        for (const file of process.argv.slice(1)) {
            new SourceTextModule(readFileSync(file, "utf8"), { identifier: file });
        }
    """
    command = [str(NODE), "--experimental-vm-modules", "--no-warnings", "-e", program, "--", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


_ODD = """yes|null|1e3|0x1f|~|- a|a: b|a #b|2026-01-01|=|*a|{|a:|:a|...|%x|@|!x|1_000|0o7|1:30|<<|\ta""".split("|")
_LINES = ["a\nb\n", "a\n\n", "\n", " a\nb", "a\n b\nc", "---\nx", "\ta\nb", "a \nb", "a\n", "\n\na", "a\n\n b\n"]
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20) | st.sampled_from(_ODD + _LINES)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(_VALUES, min_size=40, max_size=120))
def test_yaml_is_read_back_as_it_was_written(values: list[Any]) -> None:
    # Maps of names only: JavaScript puts keys that are numbers first.
    wrapped = [{"value": value} for value in values]
    done = subprocess.run(
        [str(NODE), str(HERE / "yaml_values.js")],
        input=json.dumps(wrapped),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    for value, text in zip(wrapped, json.loads(done.stdout), strict=True):
        assert documents.yaml.load(text, Loader=documents._Loader) == value, text
