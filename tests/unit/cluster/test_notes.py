"""Notes of a cluster are there whole or not at all, and damaged ones are named, with what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from cluster import notes
from cluster.options import ClusterError, Options


def test_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "note.json"
    assert notes.read(path) is None
    notes.write(path, {"a": 1})

    def killed(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        notes.write(path, {"a": 2})
    assert notes.read(path) == {"a": 1}


@pytest.mark.parametrize("text", [b"", b'{"a": ', b"[]", b"7", b"\xff\x00"])
def test_a_damaged_one_is_named(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "note.json"
    path.write_bytes(text)
    with pytest.raises(ClusterError) as caught:
        notes.read(path)
    said = str(caught.value)
    assert said.startswith(f"cannot read {path}: it is damaged (") and said.endswith(
        "); remove it to go on without what it says"
    )


def test_options_that_cannot_be_are_named(tmp_path: Path) -> None:
    path = tmp_path / "options.json"
    Options(nodes=5).save(path)
    assert Options.load(path) == Options(nodes=5)
    path.write_text(json.dumps({"nodes": 2, "of_later": True}))
    assert Options.load(path) == Options(nodes=2)
    path.write_text(json.dumps({"nodes": "many"}))
    with pytest.raises(ClusterError, match="nodes cannot be 'many'"):
        Options.load(path)
