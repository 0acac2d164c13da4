"""`why`: what holds an object back."""

from __future__ import annotations

import click

from cli import flags, targets
from cli.session import Session
from cli.session import command as make
from minik8s.why import others
from minik8s.why.causes import told


@make("why")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME | TYPE/NAME | POD")
@flags.selector
async def command(session: Session, arguments: tuple[str, ...], selector: str) -> int:
    """Tell what holds an object back, as a chain of causes; the exit code is 1 when something does."""
    named = arguments
    if len(arguments) == 1 and "/" not in arguments[0] and not selector:
        named = (f"pod/{arguments[0]}",)
    code = 0
    for target in await targets.find(session, named, selector=selector):
        resource = target.served.resource
        obj = target.obj | {"apiVersion": resource.group_version, "kind": resource.kind}
        found = await others.causes(session.client, obj)
        above = await others.chain(session.client, obj)
        of = f" (of {', of '.join(above)})" if above else ""
        phase = (target.obj.get("status") or {}).get("phase")
        state = f" is {phase}" if phase else ""
        if found:
            code = 1
            print(f"{target.told}{of}{state}:")
            print("\n".join(f"  {line}" for line in told(found)))
        else:
            print(f"{target.told}{of}{state}: nothing holds it back")
    return code
