"""`taint`: keep Pods away from nodes."""

from __future__ import annotations

import re
from typing import Any

import click

from cli import flags, targets
from cli.changing import changed
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TAINT = re.compile(r"([^=:]+?)(?:=([^:]*?))?(?::(\w+))?(-?)")
Taint = dict[str, Any]


@make("taint")
@click.argument("arguments", nargs=-1, metavar="NODE NAME… KEY[=VALUE]:EFFECT… KEY[:EFFECT]-…")
@click.option("--overwrite", is_flag=True, help="change values that are there")
@flags.selector
@flags.everything
@flags.field_manager("kubectl-taint")
@flags.dry_run
@flags.output
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Update the taints of nodes."""
    named, put, removed = _parted(arguments)
    if not put and not removed:
        raise CommandError("error: at least one taint update is required")
    if len(named) < 2 and not given["everything"] and not given["selector"] and "/" not in "".join(named):
        raise CommandError("error: at least one resource name must be specified since 'all' parameter is not set")
    served = await session.mapper.find(named[0].partition("/")[0])
    if served.resource.kind != "Node":
        raise CommandError(f"error: invalid resource type {named[0]}, only node(s) is supported")
    for target in await targets.find(session, named, selector=given["selector"], everything=given["everything"]):
        result = await _tainted(session, target, put, removed, given)
        verb = "tainted" if put else "untainted"
        tell(target, result, "modified" if put and removed else verb, given)
    return 0


async def _tainted(
    session: Session, target: Target, put: list[Taint], removed: list[Taint], given: dict[str, Any]
) -> dict[str, Any]:
    """The node with its taints changed. Its kubelet writes to it all the time."""

    async def change(node: dict[str, Any]) -> dict[str, Any]:
        held: list[Taint] = (node.get("spec") or {}).get("taints") or []
        wanted = _changed(target.name, held, put, removed, given["overwrite"])
        if given["dry_run"] == "client":
            return node
        version = node["metadata"]["resourceVersion"]
        return await session.client.patch(
            target.served.resource,
            target.name,
            {"spec": {"taints": wanted or None}, "metadata": {"resourceVersion": version}},
            field_manager=given["field_manager"],
            dry_run=given["dry_run"] == "server",
        )

    return await changed(session, target, change)


def _parted(arguments: tuple[str, ...]) -> tuple[list[str], list[Taint], list[Taint]]:
    named: list[str] = []
    put: list[Taint] = []
    removed: list[Taint] = []
    for at, word in enumerate(arguments):
        if at == 0 or not ("=" in word or ":" in word or word.endswith("-")):
            named.append(word)
            continue
        match = _TAINT.fullmatch(word)
        if match is None or (not match[4] and not match[3]):
            raise CommandError(f"error: invalid taint spec: {word}")
        effect = match[3] or ""
        if effect and effect not in _EFFECTS:
            raise CommandError(
                f"error: invalid taint effect: {effect}, unsupported taint effect\nSee 'minik8s taint -h' for "
                f"help and examples"
            )
        taint: Taint = (
            {"key": match[1]} | ({"value": match[2]} if match[2] else {}) | ({"effect": effect} if effect else {})
        )
        (removed if match[4] else put).append(taint)
    return named, put, removed


def _changed(node: str, held: list[Taint], put: list[Taint], removed: list[Taint], overwrite: bool) -> list[Taint]:
    def same(one: Taint, other: Taint) -> bool:
        return bool(one["key"] == other["key"] and other.get("effect") in (None, one.get("effect")))

    for taint in removed:
        if not any(same(each, taint) for each in held):
            effect = f":{taint['effect']}" if "effect" in taint else ""
            raise CommandError(f'error: taint "{taint["key"]}{effect}" not found')
    taken = [taint for taint in put for each in held if same(each, taint)]
    if taken and not overwrite:
        words = ",".join(f"{t['key']}:{t['effect']}" for t in taken)
        raise CommandError(
            f"error: node {node} already has {words} taint(s) with same effect(s) and --overwrite is false"
        )
    kept = [each for each in held if not any(same(each, taint) for taint in [*put, *removed])]
    return [*put, *kept]
