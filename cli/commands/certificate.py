"""`certificate`: approve or deny requests for certificates."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from cli import flags, targets
from cli.changing import changed
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from minik8s.clock import SystemClock
from minik8s.machinery.times import format_time


@dataclasses.dataclass(frozen=True)
class _Verdict:
    """What is said of a request: the command's name, the condition, the one that excludes it."""

    name: str
    kind: str
    other: str
    past: str


async def _judged(session: Session, target: Target, verdict: _Verdict, *, force: bool) -> dict[str, Any]:
    """The request with the verdict. Its signer and others write to it too."""

    async def change(request: dict[str, Any]) -> dict[str, Any]:
        status = request.get("status") or {}
        held = status.get("conditions") or []
        if any(each["type"] == verdict.other for each in held):
            raise CommandError(f'error: certificate signing request "{target.name}" is already {verdict.other}')
        if not force and any(each["type"] == verdict.kind for each in held):
            return request
        condition = {
            "type": verdict.kind,
            "status": "True",
            "reason": f"Kubectl{verdict.name.capitalize()}",
            "message": f"This CSR was {verdict.past} by kubectl certificate {verdict.name}.",
            "lastUpdateTime": format_time(SystemClock().now()),
        }
        kept = [each for each in held if each["type"] != verdict.kind]
        judged = request | {"status": status | {"conditions": [*kept, condition]}}
        path = target.served.resource.path("", target.name, "approval")
        return dict((await session.client.request("PUT", path, body=judged)).json())

    return await changed(session, target, change)


@click.group("certificate", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Approve or deny requests for certificates."""


def _add(name: str, kind: str, other: str) -> None:
    past = "denied" if kind == "Denied" else "approved"
    verdict = _Verdict(name, kind, other, past)

    async def work(session: Session, names: tuple[str, ...], force: bool, **given: Any) -> int:
        if not names and not given["files"]:
            raise CommandError("error: one or more CSRs must be specified as <name> or -f <filename>")
        wanted = [each if "/" in each else f"certificatesigningrequests/{each}" for each in names]
        for target in await targets.find(session, wanted, given["files"], recursive=given["recursive"]):
            tell(target, await _judged(session, target, verdict, force=force), past, given)
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
