"""`cluster-info`: where the control plane and its services are; `dump`: everything for a bug report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from cli import flags
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from minik8s.client.errors import ApiError
from minik8s.client.resources import Resource

_KINDS = (
    ("v1", "events", "Event"),
    ("v1", "replicationcontrollers", "ReplicationController"),
    ("v1", "services", "Service"),
    ("apps/v1", "daemonsets", "DaemonSet"),
    ("apps/v1", "deployments", "Deployment"),
    ("apps/v1", "replicasets", "ReplicaSet"),
    ("v1", "pods", "Pod"),
)


class _Group(click.Group):
    """Without a word: the addresses."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`cluster-info` alone goes to the hidden command `show`."""
        if "dump" not in args and not {"-h", "--help"} & set(args):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group("cluster-info", cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Show where the control plane is (`dump`: all there is to know)."""


def _coloured(text: str, code: int) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() else text


@make("show", hidden=True)
async def _show(session: Session) -> int:
    """Addresses of the control plane and the cluster's services."""
    await session.client.request("GET", "/version")
    server = session.config.server
    print(f"{_coloured('Kubernetes control plane', 32)} is running at {_coloured(server, 33)}")
    services: Resource[dict[str, Any]] = Resource("v1", "services", "Service", True, dict)
    try:
        listed = await session.client.list(services, "kube-system", label_selector="kubernetes.io/cluster-service=true")
    except ApiError:
        listed = None
    for service in listed.items if listed is not None else ():
        meta = service["metadata"]
        name = (meta.get("labels") or {}).get("kubernetes.io/name", meta["name"])
        ports = service["spec"].get("ports") or []
        port = f":{ports[0]['name']}" if ports and ports[0].get("name") else ""
        link = f"{server}/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}{port}/proxy"
        print(f"{_coloured(name, 32)} is running at {_coloured(link, 33)}")
    print("\nTo further debug and diagnose cluster problems, use 'minik8s cluster-info dump'.")
    return 0


@make("dump")
@click.option("--output-directory", default="", help="a folder of files instead of standard output")
@click.option("--namespaces", default="", help="these namespaces  [default: the current one and kube-system]")
@flags.all_namespaces
@click.option("-o", "--output", default="json", show_default=True, help="json or yaml")
async def _dump(session: Session, output_directory: str, namespaces: str, all_namespaces: bool, output: str) -> int:
    """Write nodes, workloads, events and logs for a bug report."""
    printer.check(output)

    def write(name: str, text: str) -> None:
        if not output_directory or output_directory == "-":
            print(text, end="")
            return
        path = Path(output_directory) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    wanted = namespaces.split(",") if namespaces else list(dict.fromkeys([session.namespace, "kube-system"]))
    if all_namespaces:
        answer = (await session.client.request("GET", "/api/v1/namespaces")).json()
        wanted = [each["metadata"]["name"] for each in answer["items"]]
    nodes = (await session.client.request("GET", "/api/v1/nodes")).json()
    write(f"nodes.{output}", printer.shown(nodes, output))
    for namespace in wanted:
        for group_version, plural, kind in _KINDS:
            resource: Resource[dict[str, Any]] = Resource(group_version, plural, kind, True, dict)
            answer = (await session.client.request("GET", resource.path(namespace))).json()
            write(f"{namespace}/{plural}.{output}", printer.shown(json.loads(json.dumps(answer)), output))
            for pod in answer["items"] if plural == "pods" else ():
                await _logs(session, namespace, pod, write)
    if output_directory and output_directory != "-":
        print(f"Cluster info dumped to {output_directory}")
    return 0


async def _logs(session: Session, namespace: str, pod: dict[str, Any], write: Any) -> None:
    name = pod["metadata"]["name"]
    for container in pod["spec"]["containers"]:
        head = f"==== START logs for container {container['name']} of pod {namespace}/{name} ====\n"
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/log"
        try:
            answer = await session.client.request(
                "GET", path, {"container": container["name"]}, headers={"Accept": "*/*"}
            )
            text = answer.body.decode(errors="replace")
        except ApiError as error:
            text = f"Request log error: {error.message}\n"
        tail = f"==== END logs for container {container['name']} of pod {namespace}/{name} ====\n"
        write(f"{namespace}/{name}/logs.txt", head + text + tail)


command.add_command(_show)
command.add_command(_dump)
