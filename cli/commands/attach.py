"""`attach`: join the main process of a running container."""

from __future__ import annotations

import sys
from typing import Any

import click

from cli import attaching, targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.workloads import pods_of


@make("attach")
@click.argument("named", metavar="POD | TYPE/NAME")
@click.option("-c", "--container", default="", help="the container")
@click.option("-i", "--stdin", is_flag=True, help="pass standard input on")
@click.option("-t", "--tty", is_flag=True, help="with a terminal")
@click.option("-q", "--quiet", is_flag=True, help="only what the container prints")
@click.option("--pod-running-timeout", default="1m", hidden=True)
async def command(session: Session, named: str, **given: Any) -> int:
    """Join the main process of a running container."""
    target = (await targets.find(session, [named if "/" in named else f"pod/{named}"]))[0]
    pod = (await pods_of(session, target))[0]
    phase = pod["status"].get("phase", "")
    if phase in ("Succeeded", "Failed"):
        raise CommandError(f"error: cannot attach a container in a completed pod; current phase is {phase}")
    container = attaching.chosen(session, pod, given["container"], given["quiet"])
    spec = next(
        each
        for part in ("containers", "initContainers", "ephemeralContainers")
        for each in pod["spec"].get(part) or ()
        if each["name"] == container
    )
    tty = given["tty"]
    if tty and not spec.get("tty"):
        session.warn(f"error: unable to use a TTY - container {container} did not allocate one")
        tty = False
    tty = tty or bool(spec.get("tty") and given["stdin"] and sys.stdin.isatty())
    if given["stdin"] and not spec.get("stdin"):
        session.warn(f"warning: container {container} does not read standard input")
    if not given["quiet"] and given["stdin"]:
        session.warn("If you don't see a command prompt, try pressing enter.")
    held = targets.Target(await session.mapper.find("pods"), pod["metadata"]["namespace"], pod["metadata"]["name"], pod)
    return await attaching.join(session, held, container, given["stdin"], tty)
