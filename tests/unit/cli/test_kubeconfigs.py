"""Changing kubeconfig files."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.__main__ import main


def test_contexts_are_made_used_renamed_and_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    monkeypatch.setenv("KUBECONFIG", str(path))

    def config(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["config", *words], prog_name="minik8s")
        out, err = capsys.readouterr()
        return out + err + ("" if not ended.value.code else f"[{ended.value.code}]")

    assert config("set-cluster", "c", "--server=https://a:1") == 'Cluster "c" created.\n'
    assert config("set-credentials", "u", "--token=secret") == 'User "u" created.\n'
    assert config("set-context", "x", "--cluster=c", "--user=u", "--namespace=team") == 'Context "x" created.\n'
    assert config("use-context", "nope") == 'error: no context exists with the name: "nope"\n[1]'
    assert config("use-context", "x") == 'Switched to context "x".\n'
    assert config("rename-context", "x", "z") == 'Context "x" renamed to "z".\n'
    assert config("current-context") == "z\n"
    shown = config("view", "--minify")
    assert "token: REDACTED" in shown and "server: https://a:1" in shown and "namespace: team" in shown
    assert "token: secret" in config("view", "--raw")
    assert config("get-contexts", "-o", "name") == "z\n"
    assert "deleted context z" in config("delete-context", "z")
    assert path.stat().st_mode & 0o077 == 0
