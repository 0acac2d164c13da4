"""What a person reads who wrote a flag or argument wrongly, in kubectl's words."""

from __future__ import annotations

import click


def told(error: click.UsageError) -> str:
    """The message, with where to find help."""
    path = error.ctx.command_path if error.ctx is not None else "minik8s"
    see = f"\nSee '{path} --help' for usage."
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        if name.startswith("--"):
            return f"error: unknown flag: {name}{see}"
        return f"error: unknown shorthand flag: '{name.lstrip('-')[:1]}' in {name}{see}"
    if isinstance(error, click.MissingParameter):
        return _missing(error, path)
    if isinstance(error, click.BadOptionUsage):
        name = error.option_name
        if "requires an argument" in error.message:
            needs = f"'{name[1:]}' in {name}" if not name.startswith("--") else name
            return f"error: flag needs an argument: {needs}{see}"
        return f"error: {error.message}{see}"
    if isinstance(error, click.BadParameter):
        name = "/".join(reversed(error.param.opts)) if error.param is not None else ""
        return f'error: invalid argument for "{name.replace("/-", ", -")}" flag: {error.message}{see}'
    if error.message.startswith("No such command"):
        name = error.message.split("'")[1] if "'" in error.message else error.message
        return f'error: unknown command "{name}" for "{path}"{_near(error, name)}'
    return f"error: {error.message}{see}"


def _missing(error: click.MissingParameter, path: str) -> str:
    parameter = error.param
    if isinstance(parameter, click.Option):
        return f'error: required flag(s) "{max(parameter.opts, key=len).lstrip("-")}" not set'
    name = parameter.make_metavar(error.ctx) if parameter is not None and error.ctx is not None else "NAME"
    return f"error: exactly one {name} is required, got 0\nSee '{path} -h' for help and examples"


def _near(error: click.UsageError, name: str) -> str:
    import difflib

    if error.ctx is None or not isinstance(error.ctx.command, click.Group):
        return ""
    found = difflib.get_close_matches(name, error.ctx.command.list_commands(error.ctx), n=3)
    return "\n\nDid you mean this?\n" + "".join(f"\t{each}\n" for each in found) if found else ""
