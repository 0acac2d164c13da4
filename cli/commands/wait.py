"""`wait`: until a condition holds, something exists, a value is there, or it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.output import jsonpath
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from cli.waiting import states
from minik8s.client.errors import NotFound


@make("wait")
@click.argument("arguments", nargs=-1, metavar="TYPE NAME… | TYPE/NAME…")
@click.option("--for", "wanted", default="", help="create | delete | condition=NAME[=VALUE] | jsonpath={PATH}[=VALUE]")
@click.option("--timeout", default="30s", show_default=True, help="how long; negative is a week, 0 asks once")
@flags.files
@flags.selector
@click.option("--field-selector", default="", help="field selector")
@flags.everything
@flags.all_namespaces
@flags.output
async def command(session: Session, arguments: tuple[str, ...], wanted: str, timeout: str, **given: Any) -> int:
    """Wait for a condition of resources."""
    seconds = flags.duration(timeout)
    limit = None if seconds < 0 else seconds
    found = await _found(session, arguments, wanted, given)
    if not found:
        if wanted == "delete":
            return 0
        raise CommandError("error: no matching resources found")
    test = None if wanted == "delete" else _test(wanted)
    deadline = None if limit is None else asyncio.get_running_loop().time() + limit

    async def one(target: Target) -> bool:
        try:
            async with asyncio.timeout_at(deadline if limit else None):
                if test is None:
                    await _deleted(session, target, limit == 0)
                elif limit == 0:
                    await _now(session, target, test)
                else:
                    return await _met(session, target, wanted, test)
        except TimeoutError:
            if wanted == "create":
                session.warn("error: timed out waiting for the condition")
            else:
                session.warn(
                    f"error: timed out waiting for the condition on {target.served.resource.plural}/{target.name}"
                )
            return False
        return True

    code = 0
    for target in found:
        # One after the other, as kubectl tells them; the deadline is the same for all.
        if not await one(target):
            code = 1
            continue
        if wanted != "delete" or target.obj:
            tell(target, target.obj, "condition met", given)
    return code


async def _met(session: Session, target: Target, wanted: str, test: Callable[[dict[str, Any] | None], bool]) -> bool:
    seen = bool(target.obj)
    async for state in states(session, target.served, target.namespace, target.name):
        if test(state):
            return True
        if state is None and seen and wanted != "create":
            session.warn(f'Error from server (NotFound): {target.served.full_name} "{target.name}" not found')
            return False
        seen = seen or state is not None
    return False


async def _now(session: Session, target: Target, test: Callable[[dict[str, Any] | None], bool]) -> None:
    """Ask once (`--timeout=0`). Raises TimeoutError when it does not hold."""
    async for state in states(session, target.served, target.namespace, target.name):
        if test(state):
            return
        raise TimeoutError


async def _deleted(session: Session, target: Target, once: bool) -> None:
    async for state in states(session, target.served, target.namespace, target.name):
        if state is None or (target.obj and state["metadata"]["uid"] != target.obj["metadata"]["uid"]):
            return
        if once:
            raise TimeoutError


async def _found(session: Session, arguments: tuple[str, ...], wanted: str, given: dict[str, Any]) -> list[Target]:
    """The objects; by name alone where they need not exist yet, or any more."""
    named = [] if given["files"] else await targets.wanted(session, arguments)
    if wanted in ("create", "delete") and any(each.names for each in named):
        found = []
        for each in named:
            namespace = targets.place(session, each.served)
            for name in each.names:
                held: dict[str, Any] = {}
                try:
                    held = await session.client.get(each.served.resource, name, namespace)
                except NotFound:
                    pass
                found.append(Target(each.served, namespace, name, held))
        return found
    return await targets.find(
        session,
        arguments,
        given["files"],
        given["selector"],
        given["field_selector"],
        everything=given["everything"],
        all_namespaces=given["all_namespaces"],
        recursive=given["recursive"],
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
