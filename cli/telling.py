"""What a command that changed something says: one line, or the object with `-o`."""

from __future__ import annotations

from typing import Any

from cli.output import printer
from cli.targets import Target

_NOTES = {"none": "", "client": " (dry run)", "server": " (server dry run)"}


def note(given: dict[str, Any]) -> str:
    """What follows the verb when nothing was kept."""
    return _NOTES[given.get("dry_run", "none")]


def tell(target: Target, result: dict[str, Any], verb: str, given: dict[str, Any]) -> None:
    """`deployment.apps/web scaled`, or the object in the format asked for."""
    if given.get("output"):
        resource = target.served.resource
        document = {"apiVersion": resource.group_version, "kind": resource.kind} | result
        print(
            printer.shown(
                document, given["output"], given.get("show_managed_fields", False), given.get("template", "")
            ),
            end="",
        )
        return
    print(f"{target.told} {verb}{note(given)}")
