"""`exec`: run a command in a container."""

from __future__ import annotations

import sys
from typing import Any

import click

from cli import targets, terminal
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.workloads import default_container, pods_of


@make("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="POD | TYPE/NAME -- COMMAND [ARGS…]")
@click.option("-c", "--container", default="", help="the container")
@click.option("-i", "--stdin", is_flag=True, help="pass standard input on")
@click.option("-t", "--tty", is_flag=True, help="with a terminal")
@click.option("-q", "--quiet", is_flag=True, help="only what the command prints")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Run a command in a container."""
    from minik8s.client.streams import execute

    named, words, options = _split(list(arguments), given)
    if not words:
        raise CommandError("error: you must specify at least one command for the container")
    target = (await targets.find(session, [named if "/" in named else f"pod/{named}"]))[0]
    pod = (await pods_of(session, target))[0]
    phase = pod.get("status", {}).get("phase", "")
    if phase in ("Succeeded", "Failed"):
        raise CommandError(f"error: cannot exec into a container in a completed pod; current phase is {phase}")
    container = options["container"] or default_container(session, pod, options["quiet"])
    tty = options["tty"]
    if tty and options["stdin"] and not sys.stdin.isatty():
        session.warn("Unable to use a TTY - input is not a terminal or the right kind of file")
        tty = False
    meta = pod["metadata"]
    remote = await execute(
        session.client, meta["name"], meta["namespace"], words, container, options["stdin"], True, not tty, tty
    )
    async with remote:
        return await terminal.connect(remote, options["stdin"], tty)


def _split(arguments: list[str], given: dict[str, Any]) -> tuple[str, list[str], dict[str, Any]]:
    """The Pod, the command, and the flags that stand between them."""
    if not arguments:
        raise CommandError("error: pod, type/name or --filename must be specified")
    named, rest = arguments[0], arguments[1:]
    options = dict(given)
    while rest and rest[0].startswith("-") and rest[0] != "--":
        flag, rest = rest[0], rest[1:]
        if flag in ("-c", "--container") and rest:
            options["container"], rest = rest[0], rest[1:]
        elif flag.startswith("--container="):
            options["container"] = flag.partition("=")[2]
        elif flag in ("--stdin", "--tty", "--quiet"):
            options[flag[2:]] = True
        elif set(flag[1:]) <= set("itq"):
            for letter in flag[1:]:
                options[{"i": "stdin", "t": "tty", "q": "quiet"}[letter]] = True
        else:
            raise CommandError(f"error: unknown flag: {flag}")
    return named, rest[1:] if rest[:1] == ["--"] else rest, options
