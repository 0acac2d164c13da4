"""`exec`: run a command in a container."""

from __future__ import annotations

import sys
from typing import Any

import click

from cli import attaching, flags, targets, terminal
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.workloads import pods_of


@make("exec")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="POD | TYPE/NAME -- COMMAND [ARGS…]")
@click.option("-c", "--container", default="", help="the container")
@click.option("-i", "--stdin", is_flag=True, help="pass standard input on")
@click.option("-t", "--tty", is_flag=True, help="with a terminal")
@click.option("-q", "--quiet", is_flag=True, help="only what the command prints")
@click.option("--pod-running-timeout", default="1m", hidden=True)
@flags.files
async def command(session: Session, arguments: tuple[str, ...], files: tuple[str, ...], **given: Any) -> int:
    """Run a command in a container."""
    from minik8s.client.streams import execute

    words = flags.after_dash() or []
    named = list(arguments[: len(arguments) - len(words)])
    if not words and len(named) > 1:
        raise CommandError(
            "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n"
            "See 'minik8s exec -h' for help and examples"
        )
    if not named and not files:
        raise CommandError("error: pod, type/name or --filename must be specified")
    if not words:
        raise CommandError("error: you must specify at least one command for the container")
    wanted = [named[0] if "/" in named[0] else f"pod/{named[0]}"] if named else []
    target = (await targets.find(session, wanted, files))[0]
    pod = (await pods_of(session, target))[0]
    phase = pod.get("status", {}).get("phase", "")
    if phase in ("Succeeded", "Failed"):
        raise CommandError(f"error: cannot exec into a container in a completed pod; current phase is {phase}")
    container = attaching.chosen(session, pod, given["container"], given["quiet"])
    tty = given["tty"]
    if tty and (not given["stdin"] or not sys.stdin.isatty()):
        if given["stdin"]:
            session.warn("Unable to use a TTY - input is not a terminal or the right kind of file")
        tty = False
    meta = pod["metadata"]
    remote = await execute(
        session.client, meta["name"], meta["namespace"], words, container, given["stdin"], True, not tty, tty
    )
    async with remote:
        return await terminal.connect(remote, given["stdin"], tty)
