"""Tables, rollouts, marks, manifests and the arguments of exec."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli import manifests, marking, rollouts
from cli.applying import LAST_APPLIED, annotated
from cli.errors import CommandError
from cli.output import ages, printer, tables
from minik8s.machinery.times import format_time


def test_a_table_shows_wide_columns_only_when_asked() -> None:
    table = {
        "columnDefinitions": [{"name": "Name", "priority": 0}, {"name": "IP", "priority": 1}, {"name": "Age"}],
        "rows": [{"cells": ["web-with-a-long-name", "10.0.0.1", "5s"]}, {"cells": ["b", None, "2d"]}],
    }
    assert tables.TableWriter().lines(table, [[], []], [[], []]) == [
        "NAME                   AGE",
        "web-with-a-long-name   5s",
        "b                      2d",
    ]
    wide = tables.TableWriter(wide=True, lead=["namespace"]).lines(table, [["n"], ["n"]], [[], []])
    assert wide[0].split() == ["NAMESPACE", "NAME", "IP", "AGE"]
    assert wide[2].split() == ["n", "b", "<none>", "2d"]


def test_yaml_reads_back_and_writes_blocks() -> None:
    import yaml

    document = {"kind": "A", "data": {"script": "one\ntwo\n", "yes": "yes", "n": "1"}}
    written = printer.dump_yaml(document)
    assert "script: |" in written and yaml.safe_load(written) == document


def test_custom_columns() -> None:
    items = {"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b", "uid": "1"}}]}
    shown = printer.shown(items, "custom-columns=NAME:.metadata.name,UID:metadata.uid")
    assert shown.splitlines() == ["NAME   UID", "a      <none>", "b      1"]


def deployment(**status: Any) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "web", "generation": 2},
        "spec": {"replicas": 3},
        "status": {"observedGeneration": 2} | status,
    }


@pytest.mark.parametrize(
    ("obj", "message", "done"),
    [
        (deployment(observedGeneration=1), "Waiting for deployment spec update to be observed...", False),
        (
            deployment(updatedReplicas=1),
            'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
            False,
        ),
        (
            deployment(updatedReplicas=3, replicas=4),
            'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
            False,
        ),
        (
            deployment(updatedReplicas=3, replicas=3, availableReplicas=2),
            'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...',
            False,
        ),
        (
            deployment(updatedReplicas=3, replicas=3, availableReplicas=3),
            'deployment "web" successfully rolled out',
            True,
        ),
    ],
)
def test_how_far_a_deployment_is(obj: dict[str, Any], message: str, done: bool) -> None:
    assert rollouts.progress(obj) == (message, done)


def test_a_rollout_past_its_deadline_fails() -> None:
    late = [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]
    with pytest.raises(CommandError, match="exceeded its progress deadline"):
        rollouts.progress(deployment(conditions=late))


def test_marks_are_told_from_names() -> None:
    assert marking.parted(["pod", "a", "x=1", "y-"]) == (["pod", "a"], {"x": "1"}, ["y"])
    assert marking.parted(["pod/a", "x=1"]) == (["pod/a"], {"x": "1"}, [])
    with pytest.raises(CommandError, match="can not both modify and remove x"):
        marking.parted(["pod", "a", "x=1", "x-"])


def test_manifests_come_from_files_folders_and_lists(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: A\napiVersion: v1\n---\n---\nkind: B\napiVersion: v1\n")
    (tmp_path / "b.json").write_text(
        '{"kind": "List", "apiVersion": "v1", "items": [{"kind": "C", "apiVersion": "v1"}]}'
    )
    (tmp_path / "c.txt").write_text("not read")
    assert [m.obj["kind"] for m in manifests.read([str(tmp_path)])] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: [1,", "error converting YAML to JSON"),
        ("kind: A\n", "apiVersion not set"),
        ("apiVersion: v1\n", "kind not set"),
        ("- 1\n", "an object is a map"),
    ],
)
def test_bad_manifests(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.yaml").write_text(content)
    with pytest.raises(CommandError, match=message):
        manifests.read([str(tmp_path / "a.yaml")])
    with pytest.raises(CommandError, match="does not exist"):
        manifests.read([str(tmp_path / "none.yaml")])


def test_times_in_manifests_stay_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: A\napiVersion: v1\nwhen: 2026-01-02\n")
    assert manifests.read([str(tmp_path / "a.yaml")])[0].obj["when"] == "2026-01-02"


def test_what_is_applied_is_remembered_without_itself() -> None:
    once = annotated({"kind": "A", "metadata": {"name": "a"}})
    assert annotated(once) == once
    assert LAST_APPLIED in once["metadata"]["annotations"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (185, "3m5s"),
        (3600, "60m"),
        (10800, "3h"),
        (86400, "24h"),
        (200000, "2d7h"),
    ],
)
def test_ages(seconds: int, shown: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert ages.age(format_time(now - timedelta(seconds=seconds)), now) == shown
