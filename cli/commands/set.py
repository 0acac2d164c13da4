"""`set`: image, env, resources of a workload's Pod template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.telling import tell
from cli.workloads import template_of

_COMMON = (
    flags.files,
    flags.selector,
    flags.everything,
    flags.field_manager("kubectl-set"),
    flags.dry_run,
    flags.output,
)
Containers = list[dict[str, Any]]


@click.group("set")
def command() -> None:
    """Set features on objects: image, env, resources."""


def _parts(arguments: Sequence[str], removal: bool = False) -> tuple[list[str], dict[str, str], list[str]]:
    named: list[str] = []
    put: dict[str, str] = {}
    gone: list[str] = []
    for each in arguments:
        key, equals, value = each.partition("=")
        if equals:
            put[key] = value
        elif removal and each.endswith("-"):
            gone.append(each[:-1])
        else:
            named.append(each)
    return named, put, gone


async def _change(
    session: Session,
    named: list[str],
    given: dict[str, Any],
    change: Callable[[dict[str, Any]], list[dict[str, Any]]],
    verb: str,
) -> int:
    """Patch the containers of each object; `change` gives container patches of a Pod spec."""
    for target in await targets.find(session, named, given["files"], given["selector"], everything=given["everything"]):
        obj = target.obj | {"kind": target.served.resource.kind}
        template = template_of(obj)
        spec = template["spec"]
        before = {part: spec.get(part) or [] for part in ("initContainers", "containers")}
        changes = change(spec)
        patch: dict[str, Any] = {}
        for part, held in before.items():
            names = {container["name"] for container in held}
            mine = [each for each in changes if each["name"] in names]
            if mine:
                patch[part] = mine
        if not patch:
            continue
        body: dict[str, Any] = {"spec": patch}
        if obj["kind"] != "Pod":
            body = {"spec": {"template": body}}
        if obj["kind"] == "CronJob":
            body = {"spec": {"jobTemplate": body}}
        result = target.obj
        if given["dry_run"] != "client":
            result = await session.client.patch(
                target.served.resource,
                target.name,
                body,
                target.namespace,
                "strategic",
                field_manager=given["field_manager"],
                dry_run=given["dry_run"] == "server",
            )
        tell(target, result, verb, given)
    return 0


def _every(spec: dict[str, Any]) -> Containers:
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def _chosen(spec: dict[str, Any], wanted: str) -> Containers:
    from fnmatch import fnmatchcase

    found = [each for each in _every(spec) if fnmatchcase(each["name"], wanted)]
    if not found:
        raise CommandError(f'error: unable to find container named "{wanted}"')
    return found


def _add(name: str, *options: Any) -> Callable[[Callable[..., Any]], None]:
    def adopt(work: Callable[..., Any]) -> None:
        for option in (click.argument("arguments", nargs=-1), *options, *_COMMON):
            work = option(work)
        command.add_command(make(name)(work))

    return adopt


@_add("image")
async def _image(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """CONTAINER=IMAGE for a workload; * is every container."""
    named, images, _ = _parts(arguments)
    if not images:
        raise CommandError("error: at least one image update is required")

    def change(spec: dict[str, Any]) -> Containers:
        found: dict[str, dict[str, Any]] = {}
        for wanted, image in images.items():
            for container in _chosen(spec, wanted):
                if container.get("image") != image:
                    found[container["name"]] = {"name": container["name"], "image": image}
        return list(found.values())

    return await _change(session, named, given, change, "image updated")


@_add(
    "env",
    click.option("-c", "--containers", default="*", help="these containers"),
    click.option("--list", "listed", is_flag=True, help="show them"),
)
async def _env(session: Session, arguments: tuple[str, ...], containers: str, listed: bool, **given: Any) -> int:
    """NAME=VALUE sets, NAME- removes a variable of a workload."""
    named, put, gone = _parts(arguments, removal=True)
    if listed:
        for target in await targets.find(session, named, given["files"], given["selector"]):
            template = template_of(target.obj | {"kind": target.served.resource.kind})
            for container in _chosen(template["spec"], containers):
                print(f"# {target.served.resource.kind} {target.name}, container {container['name']}")
                for each in container.get("env") or ():
                    print(f"{each['name']}={each['value']}" if "value" in each else f"# {each['name']} from a source")
        return 0
    if not put and not gone:
        raise CommandError("error: at least one environment variable must be provided")

    def change(spec: dict[str, Any]) -> Containers:
        found = []
        for container in _chosen(spec, containers):
            there = {each["name"] for each in container.get("env") or ()}
            env: list[dict[str, Any]] = [{"name": k, "value": v, "valueFrom": None} for k, v in put.items()]
            env += [{"name": name, "$patch": "delete"} for name in gone if name in there]
            if env:
                found.append({"name": container["name"], "env": env})
        return found

    return await _change(session, named, given, change, "env updated")


@_add(
    "resources",
    click.option("-c", "--containers", default="*", help="these containers"),
    click.option("--limits", default="", help="cpu=200m,memory=512Mi"),
    click.option("--requests", default="", help="cpu=100m,memory=256Mi"),
)
async def _resources(session: Session, arguments: tuple[str, ...], containers: str, **given: Any) -> int:
    """Set requests and limits of a workload's containers."""
    wanted = {key: _amounts(given[key]) for key in ("limits", "requests") if given[key]}
    if not wanted:
        raise CommandError(
            "error: you must specify an update to requests or limits (in the form of --requests/--limits)"
        )

    def change(spec: dict[str, Any]) -> Containers:
        return [{"name": each["name"], "resources": wanted} for each in _chosen(spec, containers)]

    return await _change(session, list(arguments), given, change, "resource requirements updated")


def _amounts(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(","):
        name, equals, amount = part.partition("=")
        if not equals:
            raise CommandError(f"error: invalid resource argument syntax: {part}, expected <resource>=<quantity>")
        found[name] = amount
    return found
