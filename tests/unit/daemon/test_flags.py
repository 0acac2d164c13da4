from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from minik8s.daemon import flags


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("1m30s", 90), ("1h", 3600), ("250ms", 0.25), ("0", 0), ("1.5s", 1.5)]
)
def test_durations(text: str, seconds: float) -> None:
    assert flags.parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "s", "10x", "1m 30s"])
def test_bad_durations(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        flags.parse_duration(text)


def test_go_spellings() -> None:
    @click.command()
    @flags.flag("--profiling", default=True)
    @flags.flag("--debug")
    @flags.duration("--period", default="1m")
    @flags.strings("--modes", default="Node,RBAC")
    @flags.mapping("--gates")
    @flags.leader_flags("lease")
    @flags.client_flags
    @flags.logging_flags
    def command(**values: object) -> None:
        click.echo(repr(values))

    result = CliRunner().invoke(
        command,
        ["--profiling=false", "--debug", "--period=2m", "--modes=A,B", "--modes", "C", "--gates=a=1,b=2", "--v=4"],
    )
    assert result.exit_code == 0, result.output
    for expected in (
        "'profiling': False",
        "'debug': True",
        "'period': 120.0",
        "'modes': ('A', 'B', 'C')",
        "'gates': {'a': '1', 'b': '2'}",
        "'leader_elect': True",
        "'leader_elect_lease_duration': 15.0",
    ):
        assert expected in result.output
    assert "'modes': ('Node', 'RBAC')" in CliRunner().invoke(command, []).output


def test_feature_gates() -> None:
    assert flags.feature_gates({"A": "false"}, {"A": True, "B": True}) == {"A": False, "B": True}
    with pytest.raises(click.BadParameter, match="unrecognized"):
        flags.feature_gates({"C": "true"}, {})


def test_flags_of_the_counterpart_are_taken_with_and_without_a_value() -> None:
    @click.command()
    @flags.accepted(["tls-min-version", "profiling"])
    def command() -> None:
        click.echo("ran")

    for given in ([], ["--tls-min-version", "1.2"], ["--tls-min-version=1.2", "--profiling"], ["--profiling=false"]):
        shown = CliRunner().invoke(command, given)
        assert (shown.exit_code, shown.output) == (0, "ran\n"), given
    assert "profiling" not in CliRunner().invoke(command, ["--help"]).output
    assert CliRunner().invoke(command, ["--unknown"]).exit_code == 2


def test_flags_that_change_nothing_are_told_and_dangerous_ones_refused(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    @flags.accepted(["profiling", "feature-gates"])
    @flags.refused({"authorization-config": "use --authorization-mode"})
    @flags.logging_flags
    def command() -> None:
        flags.tell_ignored()

    command.main([], standalone_mode=False)
    assert capsys.readouterr().err == ""
    command.main(["--profiling", "--feature-gates=A=true"], standalone_mode=False)
    assert "flags that change nothing here flags=--profiling,--feature-gates" in capsys.readouterr().err.replace(
        '"', ""
    )
    with pytest.raises(click.UsageError, match="--authorization-config is not supported: use --authorization-mode"):
        command.main(["--authorization-config=x"], standalone_mode=False)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("[::1]:80", ("::1", 80)),
        ("::1", ("::1", 7)),
        ("[::1]", ("::1", 7)),
        ("10.0.0.1", ("10.0.0.1", 7)),
        (":80", ("", 80)),
    ],
)
def test_places(text: str, wanted: tuple[str, int]) -> None:
    assert flags.place(text, "--bind", 7) == wanted


@pytest.mark.parametrize("text", ["foo", "foo:80", "1.2.3.4:x", "1.2.3.4:70000", "1.2.3.4:", "1.2.3:80"])
def test_what_is_no_place_is_said_with_its_flag(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no address such as 0.0.0.0:7") as caught:
        flags.place(text, "--bind", 7)
    assert caught.value.param_hint == "--bind"


def test_what_is_no_network_is_said_with_its_flag() -> None:
    flags.check_networks(["10.0.0.0/8", "fd00::/8"], "--cidr")
    with pytest.raises(click.BadParameter, match="'foo' is no network"):
        flags.check_networks(["10.0.0.0/8", "foo"], "--cidr")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("10.0.0.0/8", "10.0.0.0/8"), ("fd00::/8,10.0.0.0/8", "10.0.0.0/8"), ("fd00::/8", ""), ("", "")],
)
def test_of_two_networks_the_one_of_ipv4(text: str, wanted: str) -> None:
    assert flags.ipv4_network(text, "--cidr") == wanted
    with pytest.raises(click.BadParameter, match="'foo' is no network"):
        flags.ipv4_network(f"{text},foo", "--cidr")
