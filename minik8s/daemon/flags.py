"""Kubernetes' flag spellings for click: durations, lists, maps, and feature gates."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

_IGNORED = "minik8s.ignored"

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|us|µs|ns|m|s)")


def parse_duration(text: str) -> float:
    """Seconds of a Go duration such as `1m30s` or `250ms`. Raises ValueError."""
    body = text.strip()
    sign = -1.0 if body.startswith("-") else 1.0
    body = body.lstrip("+-")
    if body == "0":
        return 0.0
    parts = _DURATION.findall(body)
    if not parts or "".join(n + u for n, u in parts) != body:
        raise ValueError(f"invalid duration {text!r} (examples: 10s, 1m30s, 500ms)")
    return sign * sum(float(number) * _UNITS[unit] for number, unit in parts)


class DurationType(click.ParamType[float]):
    """A Go duration; its value is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        if isinstance(value, int | float):
            return float(value)
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class ListType(click.ParamType[tuple[str, ...]]):
    """A comma-separated list; its value is a tuple of strings."""

    name = "strings"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The parts, without blanks around them."""
        if isinstance(value, list | tuple):
            return tuple(str(v) for v in value)
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class MapType(click.ParamType[dict[str, str]]):
    """Comma-separated `key=value`; its value is a dict."""

    name = "key=value,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        """The pairs."""
        if isinstance(value, dict):
            return {str(k): str(v) for k, v in value.items()}
        found = {}
        for part in filter(None, str(value).split(",")):
            key, equals, rest = part.partition("=")
            if not equals:
                self.fail(f"malformed pair, expect key=value: {part!r}", param, ctx)
            found[key.strip()] = rest.strip()
        return found


class GoBool(click.ParamType[bool]):
    """`--flag`, `--flag=true` or `--flag=false`, as Go's flags are."""

    name = "bool"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Whether it is on."""
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("1", "t", "true"):
            return True
        if str(value).lower() in ("0", "f", "false"):
            return False
        self.fail(f"invalid boolean value {value!r}", param, ctx)


DURATION = DurationType()
LIST = ListType()
MAP = MapType()
BOOL = GoBool()


def flag(*names: str, default: bool = False, help: str = "") -> Callable[[F], F]:
    """A boolean option in Go's spelling: alone it is true, `=false` switches it off."""
    return click.option(*names, type=BOOL, default=default, is_flag=False, flag_value="true", help=help)


def duration(*names: str, default: str, help: str = "") -> Callable[[F], F]:
    """An option that takes a Go duration and gives seconds."""
    return click.option(*names, type=DURATION, default=default, show_default=True, help=help)


def strings(*names: str, default: str = "", help: str = "") -> Callable[[F], F]:
    """An option that takes a comma-separated list, may be repeated, and gives a tuple of strings."""

    def join(ctx: click.Context, param: click.Parameter, value: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(part for several in value for part in several)

    first = tuple(p for p in default.split(",") if p)
    return click.option(
        *names, type=LIST, multiple=True, default=[first] if first else [], callback=join, help=help, metavar="strings"
    )


def mapping(*names: str, help: str = "") -> Callable[[F], F]:
    """An option that takes comma-separated `key=value`, may be repeated, and gives a dict."""

    def join(ctx: click.Context, param: click.Parameter, value: Iterable[dict[str, str]]) -> dict[str, str]:
        return {k: v for pairs in value for k, v in pairs.items()}

    return click.option(*names, type=MAP, multiple=True, default=[], callback=join, help=help, metavar="key=value,...")


def accepted(names: Iterable[str]) -> Callable[[F], F]:
    """Flags of the Kubernetes counterpart that are taken, with or without a value, and change nothing here.

    `tell_ignored` says which of them were given.
    """

    def note(ctx: click.Context, param: click.Parameter, value: str) -> None:
        if value:
            ctx.meta.setdefault(_IGNORED, []).append(param.opts[0])

    def decorate(command: F) -> F:
        for name in names:
            command = click.option(
                f"--{name}",
                default="",
                is_flag=False,
                flag_value="true",
                hidden=True,
                expose_value=False,
                callback=note,
            )(command)
        return command

    return decorate


def refused(names: Mapping[str, str]) -> Callable[[F], F]:
    """Flags of the Kubernetes counterpart that must not be passed over in silence: name to what to do instead."""

    def refuse(ctx: click.Context, param: click.Parameter, value: str) -> None:
        if value:
            name = param.opts[0]
            raise click.UsageError(f"{name} is not supported: {names[name.removeprefix('--')]}", ctx)

    def decorate(command: F) -> F:
        for name in names:
            command = click.option(f"--{name}", default="", hidden=True, expose_value=False, callback=refuse)(command)
        return command

    return decorate


def tell_ignored() -> None:
    """One line in the log about the flags of `accepted` that the command was given."""
    given = click.get_current_context().meta.get(_IGNORED)
    if given:
        from minik8s.daemon.logging import logger

        logger("daemon").warning("flags that change nothing here", flags=",".join(given))


def logging_flags(command: F) -> F:
    """`-v/--v` and `--logging-format`; set up the logs as they are read."""

    def level(ctx: click.Context, param: click.Parameter, value: int) -> int:
        ctx.meta["minik8s.v"] = value
        return value

    def fmt(ctx: click.Context, param: click.Parameter, value: str) -> str:
        from minik8s.daemon import logging

        try:
            logging.setup(int(ctx.meta.get("minik8s.v", 2)), value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None
        return value

    command = click.option(
        "--logging-format", default="text", callback=fmt, expose_value=False, help="text or json", show_default=True
    )(command)
    return click.option(
        "-v",
        "--v",
        "v",
        type=int,
        default=2,
        callback=level,
        is_eager=True,
        expose_value=False,
        show_default=True,
        help="how much to log; 4 and more is debugging",
    )(command)


def client_flags(command: F) -> F:
    """`--kubeconfig` and `--master`."""
    command = click.option("--master", default="", help="URL of the API server; overrides the kubeconfig")(command)
    return click.option("--kubeconfig", default="", help="kubeconfig file; inside a Pod none is needed")(command)


def leader_flags(name: str, default: bool = True) -> Callable[[F], F]:
    """`--leader-elect` and its fellows, for a lease called `name`."""

    def decorate(command: F) -> F:
        for option in (
            click.option("--leader-elect-resource-namespace", default="kube-system", show_default=True),
            click.option("--leader-elect-resource-name", default=name, show_default=True),
            duration("--leader-elect-retry-period", default="2s", help="pause between attempts"),
            duration("--leader-elect-renew-deadline", default="10s", help="give up leading when not renewed for"),
            duration("--leader-elect-lease-duration", default="15s", help="others wait so long before they take over"),
            flag("--leader-elect", default=default, help="lead only while holding the lease"),
        ):
            command = option(command)
        return command

    return decorate


def feature_gates(value: dict[str, str], known: dict[str, bool]) -> dict[str, bool]:
    """`--feature-gates` over the defaults. Raises click.BadParameter for an unknown gate or a value that is no bool."""
    found = dict(known)
    for name, text in value.items():
        if name not in known and name not in ("AllAlpha", "AllBeta"):
            raise click.BadParameter(f"unrecognized feature gate: {name}")
        if text.lower() not in ("true", "false"):
            raise click.BadParameter(f"invalid value of {name}={text}, err: must be true or false")
        found[name] = text.lower() == "true"
    return found


def place(text: str, flag: str, port: int) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, `[V6]:PORT` or `HOST` alone. Raises click.BadParameter that names the flag."""
    host, colon, number = text.rpartition(":")
    if not colon or text.endswith("]") or (text.count(":") > 1 and not text.startswith("[")):
        host, number = text, str(port)
    try:
        ipaddress.ip_address(host.strip("[]") or "0.0.0.0")
        if not number.isdecimal() or int(number) > 65535:
            raise ValueError(number)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no address such as 0.0.0.0:{port}", param_hint=flag) from None
    return host.strip("[]"), int(number)


def check_networks(networks: Iterable[str], flag: str) -> None:
    """Raises click.BadParameter that names the flag for what is no network."""
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise click.BadParameter(f"{network!r} is no network such as 10.244.0.0/16", param_hint=flag) from None


def ipv4_network(networks: str, flag: str) -> str:
    """The IPv4 one of one or two networks with a comma between, "" without one. Raises click.BadParameter."""
    listed = [each.strip() for each in networks.split(",") if each.strip()]
    check_networks(listed, flag)
    return next((each for each in listed if ":" not in each), "")


def explicit(ctx: click.Context, name: str) -> bool:
    """Whether a flag was given on the command line, and so wins over the configuration file."""
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
