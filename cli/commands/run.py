"""`run`: an image in a Pod of its own."""

from __future__ import annotations

from typing import Any

import click

from cli import attaching, flags
from cli.errors import CommandError
from cli.making import make_object, pairs
from cli.overrides import overridden
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.waiting import gone


@make("run")
@click.argument("name")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND|ARGS…]")
@click.option("--image", default="", help="the image")
@click.option("--image-pull-policy", default="", help="Always, IfNotPresent or Never")
@click.option("--env", multiple=True, help="NAME=VALUE")
@click.option("--port", type=int, default=0, help="port of the container")
@click.option("--expose", is_flag=True, help="with a Service for --port")
@click.option("-l", "--labels", default="", help="labels of the Pod  [default: run=NAME]")
@click.option("--annotations", multiple=True, help="annotations of the Pod: KEY=VALUE")
@click.option("--restart", default="Always", show_default=True, help="Always, OnFailure or Never")
@click.option("--command", "as_command", is_flag=True, help="the words replace the image's entry point")
@click.option("--privileged", is_flag=True, help="with all rights on its node")
@click.option("--overrides", default="", help="JSON merged into the Pod")
@click.option("--override-type", default="merge", show_default=True, help="json, merge or strategic")
@click.option("--rm", "remove", is_flag=True, help="delete the Pod at the end (with -i or --attach)")
@click.option("--attach", "attached", is_flag=True, help="join the container  [default: with -i]")
@click.option("-i", "--stdin", is_flag=True, help="pass standard input on")
@click.option("-t", "--tty", is_flag=True, help="with a terminal")
@click.option("-q", "--quiet", is_flag=True, help="only what the container prints")
@click.option("--pod-running-timeout", default="1m", show_default=True, help="how long the Pod may take to run")
@click.option("--grace-period", type=int, default=-1, help="seconds to end gracefully, for --rm")
@flags.field_manager("kubectl-run")
@flags.dry_run
@flags.output
async def command(session: Session, name: str, words: tuple[str, ...], **given: Any) -> int:
    """Run an image in a Pod."""
    if not given["image"]:
        raise CommandError('error: required flag(s) "image" not set')
    attached = given["attached"] or given["stdin"] or given["tty"]
    _check(given, attached)
    pod = overridden(_pod(session, name, words, given), given["overrides"], given["override_type"])
    if not attached:
        await make_object(session, pod, given)
        if given["expose"]:
            await make_object(session, _service(name, given), given)
        return 0
    made = await session.client.create(pod, namespace=session.namespace, field_manager=given["field_manager"])
    target = Target(await session.mapper.find("pods"), session.namespace, name, made)
    try:
        return await attaching.run(session, target, given)
    finally:
        if given["remove"]:
            grace = given["grace_period"] if given["grace_period"] >= 0 else None
            await session.client.delete(target.served.resource, name, session.namespace, grace_period_seconds=grace)
            if not given["quiet"]:
                print(f'pod "{name}" deleted from {session.namespace} namespace')
            await gone(session, target)


def _check(given: dict[str, Any], attached: bool) -> None:
    if given["tty"] and not given["stdin"]:
        raise CommandError("error: stdin is required for containers with -t/--tty")
    if given["remove"] and not attached:
        raise CommandError("error: --rm should only be used for attached containers")
    if attached and given["dry_run"] != "none":
        raise CommandError(
            "error: --dry-run=client or server can't be used with attached containers options (--attach, --stdin, "
            "or --tty)"
        )
    if given["expose"] and not given["port"]:
        raise CommandError("error: --port must be set when exposing a service")
    if given["restart"] not in ("Always", "OnFailure", "Never"):
        raise CommandError(
            f"error: invalid restart policy: {given['restart']}\nSee 'minik8s run -h' for help and examples"
        )


def _pod(session: Session, name: str, words: tuple[str, ...], given: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = {"name": name, "image": given["image"], "resources": {}}
    if words:
        container["command" if given["as_command"] else "args"] = list(words)
    if given["image_pull_policy"]:
        container["imagePullPolicy"] = given["image_pull_policy"]
    if given["env"]:
        container["env"] = [{"name": k, "value": v} for k, v in pairs(given["env"], "env").items()]
    if given["port"]:
        container["ports"] = [{"containerPort": given["port"]}]
    if given["privileged"]:
        container["securityContext"] = {"privileged": True}
    if given["stdin"]:
        container |= {"stdin": True, "stdinOnce": True} | ({"tty": True} if given["tty"] else {})
    meta: dict[str, Any] = {"name": name}
    meta["labels"] = pairs(given["labels"].split(",")) if given["labels"] else {"run": name}
    if given["annotations"]:
        meta["annotations"] = pairs(given["annotations"], "annotation")
    if session.namespace_given or given["dry_run"] != "client":
        meta["namespace"] = session.namespace
    spec = {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": given["restart"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {}}


def _service(name: str, given: dict[str, Any]) -> dict[str, Any]:
    labels = pairs(given["labels"].split(",")) if given["labels"] else {"run": name}
    port = {"port": given["port"], "protocol": "TCP", "targetPort": given["port"]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [port], "selector": labels},
        "status": {"loadBalancer": {}},
    }
