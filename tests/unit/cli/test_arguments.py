"""Flags and messages as kubectl has them; no traceback whatever happens."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.__main__ import main
from cli.flags import duration


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments), prog_name="minik8s")
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["get", "--nope"], "error: unknown flag: --nope\nSee 'minik8s get --help' for usage."),
        (["get", "-Z"], "error: unknown shorthand flag: 'Z' in -Z"),
        (["get", "pods", "-o"], "error: flag needs an argument: 'o' in -o\nSee 'minik8s get --help' for usage."),
        (["apply", "--dry-run=x"], 'error: Invalid dry-run value (x). Must be "none", "server", or "client".'),
        (["apply", "--validate=x"], 'error: invalid - validate option "x"'),
        (["get", "--watch=x"], 'error: invalid argument "x" for "--watch" flag: strconv.ParseBool'),
        (["scale", "deploy/x"], 'error: required flag(s) "replicas" not set'),
        (["describ"], 'error: unknown command "describ" for "minik8s"\n\nDid you mean this?\n\tdescribe'),
        (["apply"], "error: must specify one of -f and -k"),
        (["exec", "web", "ls"], "error: exec [POD] [COMMAND] is not supported anymore."),
        (["delete"], "error: You must provide one or more resources by argument or filename."),
    ],
)
def test_what_is_written_wrongly_is_told(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(*arguments, capsys=capsys)
    assert code == 1 and message in err and "Traceback" not in err


def test_a_server_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run("get", "pods", "--server=http://127.0.0.1:1", "--kubeconfig=/dev/null", capsys=capsys)
    assert code == 1 and "The connection to the server 127.0.0.1:1 was refused" in err


def test_dry_run_takes_no_value_that_follows_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`--dry-run pods` must not swallow the next word."""
    code, _, err = run("delete", "--dry-run", "--now", "--grace-period=5", "pods", "x", capsys=capsys)
    assert code == 1 and "--now and --grace-period cannot be specified together" in err


def test_durations() -> None:
    assert (duration("5s"), duration("90"), duration("-1s"), duration("1m30s")) == (5, 90, -1, 90)


def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{sys.executable} -m cli api-versions --help | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
