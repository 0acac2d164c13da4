"""What `cordon`, `uncordon` and `drain` have in common."""

from __future__ import annotations

from collections.abc import Sequence

from cli import targets
from cli.errors import CommandError
from cli.session import Session
from cli.targets import Target


async def nodes(session: Session, names: Sequence[str], selector: str) -> list[Target]:
    """The nodes meant. Raises CommandError."""
    if bool(names) == bool(selector):
        raise CommandError("error: specify either node names or a selector (-l)")
    return await targets.find(session, ["nodes", *(name.removeprefix("node/") for name in names)], selector=selector)


async def cordon(session: Session, target: Target, wanted: bool) -> None:
    """Make a node unschedulable, or schedulable again, and tell it."""
    word = "cordoned" if wanted else "uncordoned"
    if bool((target.obj.get("spec") or {}).get("unschedulable")) == wanted:
        print(f"node/{target.name} already {word}")
        return
    await session.client.patch(target.served.resource, target.name, {"spec": {"unschedulable": wanted or None}})
    print(f"node/{target.name} {word}")
