"""How commands read their arguments: as kubectl does, where click differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from cli.errors import CommandError

F = TypeVar("F", bound=Callable[..., Any])
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))
_AFTER_DASH = "cli.after_dash"


class Verb(click.Command):
    """A command whose flags take `--flag=true`, `--flag=false` and an optional value only behind `=`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Arguments in click's form; what stands after `--` is remembered."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_AFTER_DASH] = args[at + 1 :]
        ctx.obj = ctx.obj or {}
        options = {name: each for each in self.params if isinstance(each, click.Option) for name in each.opts}
        try:
            return super().parse_args(ctx, [*_plain(args[:at], options), *args[at:]])
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


def after_dash() -> list[str] | None:
    """The words after `--` of the command that runs; None when there was none."""
    found = click.get_current_context().meta.get(_AFTER_DASH)
    return list(found) if found is not None else None


def _plain(args: list[str], options: dict[str, click.Option]) -> list[str]:
    found: list[str] = []
    rest = iter(args)
    for arg in rest:
        name, equals, value = arg.partition("=")
        option = options.get(name)
        if option is None:
            found.append(arg)
        elif option.is_flag and not option.count:
            found += _switch(option, name, value) if equals else [arg]
        elif option._flag_needs_value and not equals:
            found.append(f"{name}={option.flag_value}")
        elif equals and not name.startswith("--"):
            found.append(name + value)
        elif not equals:
            # The value is the next word, whatever it looks like.
            found.append(arg)
            found += [each for each in (next(rest, None),) if each is not None]
        else:
            found.append(arg)
    return found


def _switch(option: click.Option, name: str, value: str) -> list[str]:
    if value in _TRUE:
        return [name]
    if value in _FALSE:
        return list(option.secondary_opts[:1])
    raise CommandError(
        f'error: invalid argument "{value}" for "{name}" flag: strconv.ParseBool: parsing "{value}": invalid syntax'
    )


def _checked_dry_run(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value == "unchanged":
        return "client"
    if value not in ("none", "client", "server"):
        raise CommandError(f'error: Invalid dry-run value ({value}). Must be "none", "server", or "client".')
    return value


def dry_run(work: F) -> F:
    """`--dry-run`."""
    return click.option(
        "--dry-run",
        default="none",
        is_flag=False,
        flag_value="unchanged",
        callback=_checked_dry_run,
        help="none, client (only print) or server (ask, keep nothing)",
    )(work)


def output(work: F) -> F:
    """`-o`, and whether managedFields are shown."""
    from cli.output.formats import FORMATS

    work = click.option("--show-managed-fields", is_flag=True, help="managedFields in JSON and YAML")(work)
    work = click.option("--template", default="", hidden=True, help="template of -o jsonpath or go-template")(work)
    return click.option("-o", "--output", default="", help=FORMATS)(work)


def files(work: F) -> F:
    """`-f`, `-k` and `-R`."""
    work = click.option("-R", "--recursive", is_flag=True, help="folders with what is inside them")(work)
    work = click.option("-k", "--kustomize", default="", hidden=True, callback=_no_kustomize)(work)
    return click.option(
        "-f", "--filename", "files", multiple=True, callback=_split, help="files, folders, URLs, or - for stdin"
    )(work)


def _split(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for word in value for each in word.split(","))


def _no_kustomize(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value:
        raise CommandError(
            "error: -k is not served by this command; write `kubectl kustomize DIR | minik8s apply -f -`"
        )
    return value


def selector(work: F) -> F:
    """`-l`."""
    return click.option("-l", "--selector", default="", help="label selector (key=value,key in (a,b),!key)")(work)


def all_namespaces(work: F) -> F:
    """`-A`."""
    return click.option("-A", "--all-namespaces", is_flag=True, help="in all namespaces")(work)


def everything(work: F) -> F:
    """`--all`."""
    return click.option("--all", "everything", is_flag=True, help="all of this type")(work)


def field_manager(default: str) -> Callable[[F], F]:
    """`--field-manager`."""
    return click.option("--field-manager", default=default, help="name of the owner of the fields")


def validate(work: F) -> F:
    """`--validate`: the server's check of unknown and doubled fields."""
    return click.option(
        "--validate",
        default="strict",
        is_flag=False,
        flag_value="strict",
        callback=_checked_validation,
        help="strict (or true), warn, ignore (or false): what unknown fields are",
    )(work)


def _checked_validation(context: click.Context, parameter: click.Parameter, value: str) -> str:
    levels = {"true": "Strict", "strict": "Strict", "warn": "Warn", "false": "Ignore", "ignore": "Ignore"}
    found = levels.get(value.lower())
    if found is None:
        raise CommandError(
            f'error: invalid - validate option "{value}"; must be one of: strict (or true), warn, ignore (or false)'
        )
    return found


def duration(text: str, flag: str = "--timeout") -> float:
    """Seconds of `5s`, `2m`, or a plain number. Raises CommandError."""
    from minik8s.machinery.times import TimeError, parse_duration

    try:
        return float(text) if text.lstrip("-").isdigit() else parse_duration(text).total_seconds()
    except TimeError:
        raise CommandError(
            f'error: invalid argument "{text}" for "{flag}" flag: time: invalid duration "{text}"'
        ) from None
