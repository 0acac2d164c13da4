"""`logs`: what containers wrote, of one Pod or of all Pods of a workload."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.workloads import container_names, default_container, pods_of
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound
from minik8s.machinery.times import TimeError, parse_duration


@make("logs")
@click.argument("arguments", nargs=-1, metavar="POD | TYPE/NAME [CONTAINER]")
@click.option("-f", "--follow", is_flag=True, help="go on with what is written from now on")
@click.option("-c", "--container", default="", help="the container")
@click.option("--all-containers", is_flag=True, help="of every container")
@click.option("--all-pods", is_flag=True, help="of every Pod of the workload")
@click.option("-p", "--previous", is_flag=True, help="of the run before this one")
@click.option("--tail", type=int, default=-1, help="the last lines only  [default: all, 10 with -l]")
@click.option("--since", default="", help="not older than this (5s, 2m, 3h)")
@click.option("--since-time", default="", help="not before this moment (RFC 3339)")
@click.option("--timestamps", is_flag=True, help="the time of each line")
@click.option("--limit-bytes", type=int, default=0, help="at most so many bytes")
@click.option("--prefix", is_flag=True, help="Pod and container before each line")
@click.option("-l", "--selector", default="", help="all Pods with these labels")
@click.option("--max-log-requests", type=int, default=5, show_default=True)
@click.option("--ignore-errors", is_flag=True, help="go on when one of several fails")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Print the logs of a container."""
    query = _query(given)
    sources = await _sources(session, arguments, given)
    if given["selector"] and given["tail"] < 0:
        query["tailLines"] = "10"
    if given["follow"] and len(sources) > given["max_log_requests"]:
        raise CommandError(
            f"error: you are attempting to follow {len(sources)} log streams, but maximum allowed concurrency is "
            f"{given['max_log_requests']}, use --max-log-requests to increase the limit"
        )
    prefix = given["prefix"] or given["all_pods"]

    async def one(pod: dict[str, Any], container: str) -> None:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/log"
        stream = session.client.stream(path, query | {"container": container}, headers={"Accept": "*/*"})
        try:
            await _write(stream, f"[pod/{name}/{container}] ".encode() if prefix else b"")
        except (ApiError, ConnectionFailed) as error:
            if not given["ignore_errors"]:
                raise
            session.warn(f"error: {error}")

    if given["follow"] and len(sources) > 1:
        async with asyncio.TaskGroup() as group:
            for source in sources:
                group.create_task(one(*source))
    else:
        for source in sources:
            await one(*source)
    return 0


def _query(given: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, flag in (("follow", "follow"), ("previous", "previous"), ("timestamps", "timestamps")):
        if given[flag]:
            found[name] = "true"
    if given["tail"] >= 0:
        found["tailLines"] = str(given["tail"])
    if given["limit_bytes"]:
        found["limitBytes"] = str(given["limit_bytes"])
    if given["since"] and given["since_time"]:
        raise CommandError("error: at most one of `sinceTime` or `sinceSeconds` may be specified")
    if given["since"]:
        try:
            found["sinceSeconds"] = str(max(1, round(parse_duration(given["since"]).total_seconds())))
        except TimeError as error:
            raise CommandError(f"error: --since: {error}") from None
    if given["since_time"]:
        found["sinceTime"] = given["since_time"]
    return found


async def _sources(
    session: Session, arguments: tuple[str, ...], given: dict[str, Any]
) -> list[tuple[dict[str, Any], str]]:
    container = given["container"]
    if given["selector"]:
        if arguments:
            raise CommandError("error: only a selector (-l) or a POD name is allowed")
        found = await targets.find(session, ["pods"], selector=given["selector"])
        pods = [target.obj for target in found]
        if not pods:
            print(f"No resources found in {session.namespace} namespace.", file=sys.stderr)
    else:
        if not arguments or len(arguments) > 2:
            raise CommandError(
                "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required "
                "argument for the logs command\nSee 'minik8s logs -h' for help and examples"
            )
        named = arguments[0] if "/" in arguments[0] else f"pod/{arguments[0]}"
        container = container or (arguments[1] if len(arguments) == 2 else "")
        try:
            target = (await targets.find(session, [named]))[0]
        except NotFound as error:
            where = f' in namespace "{session.namespace}"'
            raise CommandError(f"error: error from server (NotFound): {error.message}{where}") from None
        pods = await pods_of(session, target)
        if not given["all_pods"]:
            if len(pods) > 1:
                session.warn(f"Found {len(pods)} pods, using pod/{pods[0]['metadata']['name']}")
            pods = pods[:1]
    found_sources = []
    for pod in pods:
        if given["all_containers"]:
            names = container_names(pod, all_kinds=True)
        elif container:
            names = [container]
            if container not in container_names(pod, all_kinds=True):
                raise CommandError(f"error: container {container} is not valid for pod {pod['metadata']['name']}")
        else:
            names = [default_container(session, pod)]
        found_sources += [(pod, name) for name in names]
    return found_sources


async def _write(stream: AsyncIterator[bytes], prefix: bytes) -> None:
    out = sys.stdout.buffer
    rest = b""
    async for chunk in stream:
        if not prefix:
            out.write(chunk)
            out.flush()
            continue
        *lines, rest = (rest + chunk).split(b"\n")
        out.write(b"".join(prefix + line + b"\n" for line in lines))
        out.flush()
    if rest:
        out.write(prefix + rest + b"\n")
        out.flush()
