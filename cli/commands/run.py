"""`run`: an image in a Pod of its own."""

from __future__ import annotations

from typing import Any

import click

from cli import terminal
from cli.commands.create import make_object
from cli.errors import CommandError
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.waiting import until
from cli.workloads import PODS
from minik8s.machinery.patches import merge_patch


@make("run", context_settings={"allow_interspersed_args": True})
@click.argument("name")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option("--image", required=True, help="the image")
@click.option("--image-pull-policy", default="", help="Always, IfNotPresent or Never")
@click.option("--env", multiple=True, help="NAME=VALUE")
@click.option("--port", type=int, default=0, help="port of the container")
@click.option("-l", "--labels", default="", help="labels of the Pod  [default: run=NAME]")
@click.option("--restart", default="Always", show_default=True, help="Always, OnFailure or Never")
@click.option("--command", "as_command", is_flag=True, help="the words replace the image's entry point")
@click.option("--overrides", default="", help="JSON merged into the Pod")
@click.option("--rm", "remove", is_flag=True, help="delete the Pod at the end (with -i)")
@click.option("-i", "--stdin", is_flag=True, help="pass standard input on")
@click.option("-t", "--tty", is_flag=True, help="with a terminal")
@click.option("--dry-run", default="none", is_flag=False, flag_value="client", help="none, client or server")
@click.option("-o", "--output", default="", help=printer.FORMATS)
async def command(session: Session, name: str, words: tuple[str, ...], **given: Any) -> int:
    """Run an image in a Pod."""
    if given["remove"] and not given["stdin"]:
        raise CommandError("error: --rm should only be used for attached containers")
    pod = _pod(session, name, words, given)
    quiet = given["stdin"] and not given["output"]
    if not quiet:
        return await make_object(session, pod, given)
    await session.client.create(pod, namespace=session.namespace, field_manager="kubectl-run")
    served = await session.mapper.find("pods")
    target = Target(served, session.namespace, name, pod)

    def started(state: dict[str, Any] | None) -> bool:
        return state is not None and (state.get("status") or {}).get("phase") in ("Running", "Succeeded", "Failed")

    from minik8s.client.streams import attach

    try:
        await until(session, target, started)
        remote = await attach(session.client, name, session.namespace, name, True, True, not given["tty"], given["tty"])
        async with remote:
            return await terminal.connect(remote, True, given["tty"])
    finally:
        if given["remove"]:
            await session.client.delete(PODS, name, session.namespace)
            print(f'pod "{name}" deleted from {session.namespace} namespace')


def _pod(session: Session, name: str, words: tuple[str, ...], given: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = {"name": name, "image": given["image"]}
    if words:
        container["command" if given["as_command"] else "args"] = list(words)
    if given["image_pull_policy"]:
        container["imagePullPolicy"] = given["image_pull_policy"]
    if given["env"]:
        container["env"] = [dict(zip(("name", "value"), each.split("=", 1), strict=True)) for each in given["env"]]
    if given["port"]:
        container["ports"] = [{"containerPort": given["port"]}]
    if given["stdin"]:
        container |= {"stdin": True, "stdinOnce": True, "tty": given["tty"]}
    labels = dict(each.split("=", 1) for each in given["labels"].split(",")) if given["labels"] else {"run": name}
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": session.namespace, "labels": labels},
        "spec": {"containers": [container], "restartPolicy": given["restart"]},
    }
    if given["overrides"]:
        import json

        try:
            pod = merge_patch(pod, json.loads(given["overrides"]))
        except ValueError as error:
            raise CommandError(f"error: invalid overrides: {error}") from None
    return pod
