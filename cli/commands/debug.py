"""`debug`: a container beside those of a Pod, a copy of a Pod, or a Pod on a node."""

from __future__ import annotations

from typing import Any

import click

from cli import attaching, debugging, flags, targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from minik8s.client.errors import NotFound


@make("debug")
@click.argument("arguments", nargs=-1, metavar="POD | TYPE/NAME [-- COMMAND ARGS…]")
@click.option("--image", default="", help="image of the debugging container")
@click.option("-c", "--container", default="", help="its name")
@click.option("--image-pull-policy", default="", help="Always, IfNotPresent or Never")
@click.option("--target", "aimed", default="", help="share the processes of this container")
@click.option("--copy-to", default="", help="name of a copy of the Pod, to debug that")
@click.option("--replace", is_flag=True, help="with --copy-to: delete the Pod itself")
@click.option("--same-node", is_flag=True, help="with --copy-to: on the same node")
@click.option("--share-processes/--no-share-processes", default=True, help="with --copy-to  [default: shared]")
@click.option("--set-image", default="", help="with --copy-to: CONTAINER=IMAGE, * for all")
@click.option("--keep-labels", is_flag=True, help="with --copy-to")
@click.option("--keep-liveness", is_flag=True, help="with --copy-to")
@click.option("--keep-readiness", is_flag=True, help="with --copy-to")
@click.option("--keep-startup", is_flag=True, help="with --copy-to")
@click.option("--keep-init-containers/--no-keep-init-containers", default=True, help="with --copy-to  [default: kept]")
@click.option("--arguments-only", is_flag=True, help="the words are arguments, the image's entry point stays")
@click.option("--env", multiple=True, help="NAME=VALUE")
@click.option("--profile", default="general", show_default=True, help=", ".join(debugging.PROFILES))
@click.option(
    "--attach", "attached", type=bool, is_flag=False, flag_value=True, default=None, help="join it  [default: with -i]"
)
@click.option("-i", "--stdin", is_flag=True, help="pass standard input on")
@click.option("-t", "--tty", is_flag=True, help="with a terminal")
@click.option("-q", "--quiet", is_flag=True, help="only what the container prints")
@flags.files
async def command(session: Session, arguments: tuple[str, ...], files: tuple[str, ...], **given: Any) -> int:
    """Debug a Pod with a container beside it or in a copy, or a node with a Pod on it."""
    words = flags.after_dash() or []
    named = list(arguments[: len(arguments) - len(words)])
    if not named and not files:
        raise CommandError("error: NAME or --filename is required for debug")
    if given["profile"] not in debugging.PROFILES:
        raise CommandError(f"error: unknown profile: {given['profile']}")
    if given["tty"] and not given["stdin"]:
        raise CommandError("error: -i/--stdin is required for containers with -t/--tty=true")
    if given["aimed"] and given["copy_to"]:
        raise CommandError("error: --target is incompatible with --copy-to. Use --share-processes instead.")
    if not given["image"] and not given["copy_to"]:
        raise CommandError("error: you must specify --image when not using --copy-to.")
    if not given["image"] and not given["set_image"] and not words and given["copy_to"]:
        raise CommandError("error: you must specify --image or --set-image or a command with --copy-to.")
    wanted = [each if "/" in each else f"pod/{each}" for each in named]
    for target in await targets.find(session, wanted, files, recursive=given["recursive"]):
        kind = target.served.resource.kind
        if kind == "Node":
            made, name = await _on_node(session, target, given, words)
        elif kind != "Pod":
            raise CommandError(f'error: "{kind.lower()}" not supported by debug')
        elif given["copy_to"]:
            made, name = await _copy(session, target, given, words)
        else:
            made, name = await _beside(session, target, given, words)
        if given["attached"] if given["attached"] is not None else given["stdin"]:
            given["pod_running_timeout"] = "0s"
            return await attaching.run(session, made, given, name)
    return 0


async def _beside(session: Session, target: Target, given: dict[str, Any], words: list[str]) -> tuple[Target, str]:
    """An ephemeral container."""
    name = given["container"] or f"debugger-{debugging.suffix()}"
    if not given["container"] and not given["quiet"]:
        session.warn(f"Defaulting debug container name to {name}.")
    if given["aimed"] and not given["quiet"]:
        session.warn(
            f'Targeting container "{given["aimed"]}". If you don\'t see processes from this container it may be '
            f"because "
            "the container runtime doesn't support this feature."
        )
    made = debugging.container(name, given, words)
    if given["aimed"]:
        made["targetContainerName"] = given["aimed"]
    patch = {"spec": {"ephemeralContainers": [made]}}
    try:
        result = await session.client.patch(
            target.served.resource, target.name, patch, target.namespace, "strategic", "ephemeralcontainers"
        )
    except NotFound as error:
        raise CommandError(f"error: ephemeral containers are disabled for this cluster: {error.message}") from None
    return Target(target.served, target.namespace, target.name, result), name


async def _copy(session: Session, target: Target, given: dict[str, Any], words: list[str]) -> tuple[Target, str]:
    pod, name = debugging.copied(target.obj, given, words)
    result = await session.client.create(pod, namespace=target.namespace, field_manager="kubectl-debug")
    if given["replace"]:
        await session.client.delete(target.served.resource, target.name, target.namespace)
    if not given["container"] and given["image"] and not given["quiet"]:
        session.warn(f"Defaulting debug container name to {name}.")
    return Target(target.served, target.namespace, result["metadata"]["name"], result), name


async def _on_node(session: Session, target: Target, given: dict[str, Any], words: list[str]) -> tuple[Target, str]:
    pod = debugging.node_pod(target.name, session.namespace, given, words)
    name = pod["spec"]["containers"][0]["name"]
    if not given["quiet"]:
        print(
            f"Creating debugging pod {pod['metadata']['name']} with container {name} on node {target.name}.", flush=True
        )
    result = await session.client.create(pod, namespace=session.namespace, field_manager="kubectl-debug")
    served = await session.mapper.find("pods")
    return Target(served, session.namespace, result["metadata"]["name"], result), name
