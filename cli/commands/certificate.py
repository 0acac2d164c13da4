"""`certificate`: approve or deny requests for certificates."""

from __future__ import annotations

from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.telling import tell
from minik8s.clock import SystemClock
from minik8s.machinery.times import format_time


@click.group("certificate", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Approve or deny requests for certificates."""


def _add(name: str, kind: str, other: str) -> None:
    past = "denied" if kind == "Denied" else "approved"

    async def work(session: Session, names: tuple[str, ...], force: bool, **given: Any) -> int:
        if not names and not given["files"]:
            raise CommandError("error: one or more CSRs must be specified as <name> or -f <filename>")
        wanted = [each if "/" in each else f"certificatesigningrequests/{each}" for each in names]
        for target in await targets.find(session, wanted, given["files"], recursive=given["recursive"]):
            status = target.obj.get("status") or {}
            held = status.get("conditions") or []
            if any(each["type"] == other for each in held):
                raise CommandError(f'error: certificate signing request "{target.name}" is already {other}')
            if not force and any(each["type"] == kind for each in held):
                tell(target, target.obj, past, given)
                continue
            now = format_time(SystemClock().now())
            condition = {
                "type": kind,
                "status": "True",
                "reason": f"Kubectl{name.capitalize()}",
                "message": f"This CSR was {past} by kubectl certificate {name}.",
                "lastUpdateTime": now,
            }
            kept = [each for each in held if each["type"] != kind]
            obj = target.obj | {"status": status | {"conditions": [*kept, condition]}}
            path = target.served.resource.path("", target.name, "approval")
            result = (await session.client.request("PUT", path, body=obj)).json()
            tell(target, result, past, given)
        return 0

    work.__doc__ = f"{name.capitalize()} requests for certificates."
    for option in (
        click.argument("names", nargs=-1, metavar="CSR…"),
        click.option("--force", is_flag=True, help="also when that was said before"),
        flags.files,
        flags.output,
    ):
        work = option(work)
    command.add_command(make(name)(work))


_add("approve", "Approved", "Denied")
_add("deny", "Denied", "Approved")
