"""Deployment, Job, CronJob."""

from __future__ import annotations

from typing import Any

import click

from cli import flags
from cli.errors import CommandError
from cli.making import NAME, Object, generator, make_object
from cli.session import Session
from cli.session import command as make

_WORDS = click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND ARGS…]")


@generator(
    "deployment",
    NAME,
    _WORDS,
    click.option("--image", "images", multiple=True, required=True, help="image; several make several containers"),
    click.option("-r", "--replicas", type=int, default=1, show_default=True),
    click.option("--port", type=int, default=0, help="port of the container"),
)
def deployment(given: dict[str, Any]) -> Object:
    """Create a Deployment."""
    images = [each for word in given["images"] for each in word.split(",")]
    if len(images) > 1 and given["words"]:
        raise CommandError("error: cannot specify multiple --image options and command")
    containers = []
    for image in images:
        container: Object = {"name": image.rpartition("/")[2].partition(":")[0].partition("@")[0], "image": image}
        if given["port"]:
            container["ports"] = [{"containerPort": given["port"]}]
        if given["words"]:
            container["command"] = list(given["words"])
        containers.append(container | {"resources": {}})
    labels = {"app": given["name"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": given["name"], "labels": labels},
        "spec": {
            "replicas": given["replicas"],
            "selector": {"matchLabels": labels},
            "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
        "status": {},
    }


def _pod(name: str, image: str, words: tuple[str, ...], restart: str) -> Object:
    container: Object = {"name": name, "image": image, "resources": {}}
    if words:
        container["command"] = list(words)
    return {"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}}


@make("job")
@NAME
@_WORDS
@click.option("--image", default="", help="image to run")
@click.option("--from", "source", default="", help="cronjob/NAME whose Job is run now")
@flags.field_manager("kubectl-create")
@flags.validate
@flags.dry_run
@flags.output
async def job(session: Session, name: str, words: tuple[str, ...], image: str, source: str, **given: Any) -> int:
    """Create a Job."""
    if not image and not source:
        raise CommandError("error: either --image or --from must be specified")
    if image and source:
        raise CommandError("error: either --image or --from must be specified, not both")
    obj: Object = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}}
    if source:
        from cli import targets

        found = (await targets.find(session, [source]))[0]
        if found.served.resource.kind != "CronJob":
            raise CommandError("error: from must be an existing cronjob")
        template, meta = found.obj["spec"]["jobTemplate"], found.obj["metadata"]
        inner = template.get("metadata") or {}
        obj["metadata"] |= {
            "annotations": {"cronjob.kubernetes.io/instantiate": "manual"} | (inner.get("annotations") or {}),
            "ownerReferences": [
                {
                    "apiVersion": "batch/v1",
                    "kind": "CronJob",
                    "name": meta["name"],
                    "uid": meta["uid"],
                    "controller": True,
                }
            ],
        }
        if inner.get("labels"):
            obj["metadata"]["labels"] = inner["labels"]
        obj["spec"] = template["spec"]
    else:
        obj["spec"] = {"template": _pod(name, image, words, "Never")}
    await make_object(session, obj | {"status": {}}, given)
    return 0


@generator(
    "cronjob",
    NAME,
    _WORDS,
    click.option("--image", required=True, help="image to run"),
    click.option("--schedule", required=True, help="when, as cron writes it"),
    click.option("--restart", default="OnFailure", show_default=True, help="OnFailure or Never"),
)
def cronjob(given: dict[str, Any]) -> Object:
    """Create a CronJob."""
    name = given["name"]
    template = _pod(name, given["image"], given["words"], given["restart"])
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name},
        "spec": {
            "schedule": given["schedule"],
            "jobTemplate": {"metadata": {"name": name}, "spec": {"template": template}},
        },
        "status": {},
    }


COMMANDS = (deployment, job, cronjob)
