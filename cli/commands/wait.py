"""`wait`: until a condition holds, something exists, a value is there, or it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.output import jsonpath
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.waiting import gone, until
from minik8s.machinery.times import parse_duration


@make("wait")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME… | TYPE/NAME…")
@click.option(
    "--for", "wanted", required=True, help="create | delete | condition=NAME[=VALUE] | jsonpath={PATH}[=VALUE]"
)
@click.option("--timeout", default="30s", show_default=True, help="how long; negative is a week, 0 asks once")
@click.option("-f", "--filename", "files", multiple=True, help="files that name the objects")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("--all", "everything", is_flag=True, help="all of this type")
@click.option("-A", "--all-namespaces", is_flag=True, help="in all namespaces")
async def command(session: Session, arguments: tuple[str, ...], wanted: str, timeout: str, **given: Any) -> int:
    """Wait for a condition of resources."""
    seconds = parse_duration(timeout).total_seconds()
    limit = None if seconds < 0 else seconds
    found = await _found(session, arguments, wanted, given)
    if not found:
        if wanted == "delete":
            return 0
        raise CommandError("error: no matching resources found")
    code = 0
    for target in found:
        try:
            async with asyncio.timeout(limit):
                if wanted == "delete":
                    await gone(session, target)
                else:
                    await until(session, target, _test(wanted))
        except TimeoutError:
            session.warn(f"error: timed out waiting for the condition on {target.served.full_name}/{target.name}")
            code = 1
            continue
        print(f"{target.told} condition met")
    return code


async def _found(session: Session, arguments: tuple[str, ...], wanted: str, given: dict[str, Any]) -> list[Target]:
    """The objects; by name alone where they need not exist yet, or any more."""
    named = [] if given["files"] else await targets.wanted(session, arguments)
    if wanted in ("create", "delete") and any(each.names for each in named):
        return [
            Target(each.served, targets.place(session, each.served), name, {}) for each in named for name in each.names
        ]
    return await targets.find(
        session,
        arguments,
        given["files"],
        given["selector"],
        everything=given["everything"],
        all_namespaces=given["all_namespaces"],
    )


def _test(wanted: str) -> Callable[[dict[str, Any] | None], bool]:
    kind, _, rest = wanted.partition("=")
    if wanted == "create":
        return lambda state: state is not None
    if kind == "condition" and rest:
        name, _, value = rest.partition("=")
        return lambda state: state is not None and _condition(state, name, value or "true")
    if kind == "jsonpath" and rest:
        path, _, value = rest.strip("'\"").partition("}")
        path, value = jsonpath.relaxed(path + "}"), value.removeprefix("=")
        return lambda state: state is not None and _value(state, path, value)
    raise CommandError(f'error: unrecognized condition: "{wanted}"')


def _condition(state: dict[str, Any], name: str, value: str) -> bool:
    for condition in (state.get("status") or {}).get("conditions") or ():
        if condition["type"].lower() == name.lower():
            seen, now = condition.get("observedGeneration"), state["metadata"].get("generation")
            if seen and now and seen < now:
                return False
            return bool(condition.get("status", "").lower() == value.lower())
    return False


def _value(state: dict[str, Any], path: str, value: str) -> bool:
    try:
        found = jsonpath.find(path, state)
    except jsonpath.PathError as error:
        raise CommandError(f"error: {error}") from None
    return any(not value or jsonpath.text_of(each) == value for each in found)
