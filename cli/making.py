"""Creating one object and telling it: what `create`, `run`, `expose` and `autoscale` have in common."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import click

from cli import flags
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell

Object = dict[str, Any]
Build = Callable[..., Any]
NAME = click.argument("name")


async def make_object(
    session: Session, obj: Object, given: dict[str, Any], source: str = "", verb: str = "created", manager: str = ""
) -> Object:
    """Create one object and tell it; the object as it is now."""
    served = await session.mapper.of_object(obj, source)
    meta = obj.setdefault("metadata", {})
    namespace = ""
    if served.resource.namespaced:
        inside = session.namespace if session.namespace_given or given.get("dry_run") != "client" else ""
        namespace = meta.get("namespace") or inside
        if namespace:
            meta["namespace"] = namespace
    result = obj
    if given.get("dry_run", "none") != "client":
        result = await session.client.create(
            obj,
            namespace=namespace,
            dry_run=given.get("dry_run") == "server",
            field_manager=given.get("field_manager") or manager or "kubectl-create",
            field_validation=given.get("validate") or "Strict",
        )
    name = (result.get("metadata") or {}).get("name") or meta.get("generateName", "")
    tell(Target(served, namespace, name, result), result, verb, given)
    return result


def generator(name: str, *options: Any, hidden: bool = False) -> Callable[[Build], click.Command]:
    """A command that creates the object its function builds; the function takes the flags and may await."""

    def adopt(build: Build) -> click.Command:
        async def work(session: Session, **given: Any) -> int:
            obj = build(given)
            await make_object(session, await obj if isinstance(obj, Coroutine) else obj, given)
            return 0

        work.__doc__ = build.__doc__
        every = (*options, flags.field_manager("kubectl-create"), flags.validate, flags.dry_run, flags.output)
        # As decorators are: the last first, so that arguments keep their order.
        for option in reversed(every):
            work = option(work)
        return make(name, hidden=hidden)(work)

    return adopt


def pairs(words: tuple[str, ...] | list[str], what: str = "label") -> dict[str, str]:
    """`a=b` words as a map. Raises CommandError."""
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise CommandError(f"error: unexpected {what} spec: {word}")
        found[key] = value
    return found


def resource_list(text: str) -> dict[str, str]:
    """`cpu=1,memory=2Gi` as a map. Raises CommandError."""
    from minik8s.machinery import quantity

    found = {}
    for part in text.split(",") if text else ():
        name, equals, amount = part.partition("=")
        if not equals:
            raise CommandError(f"error: invalid argument syntax {part}, expected <resource>=<value>")
        try:
            quantity.parse(amount)
        except ValueError as error:
            raise CommandError(f"error: {error}") from None
        found[name] = amount
    return found
