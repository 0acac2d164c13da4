"""`python -m cluster`: up, down, status, image load, node stop and start."""

from __future__ import annotations

import dataclasses
import os
import sys
import time
from typing import Any

import click

from cluster.layout import Layout
from cluster.machines.commands import init, join, reset
from cluster.machines.other_commands import certs, config, token
from cluster.options import DEFAULT_NAME, PROXY_MODES, STORES, Options
from cluster.running import run


def _name_option(command: Any) -> Any:
    return click.option("--name", default=DEFAULT_NAME, show_default=True, help="the cluster's name")(command)


@click.group()
def main() -> None:
    """A whole cluster on this machine."""


@main.command()
@_name_option
@click.option("--nodes", type=int, help="how many nodes, this machine included  [default: 3]")
@click.option("--store", type=click.Choice(STORES), help="where objects are kept  [default: sqlite]")
@click.option("--proxy-mode", type=click.Choice(PROXY_MODES), help="how Services work  [default: nftables]")
@click.option("--hollow-nodes", type=int, help="further nodes that run nothing, for scale tests")
@click.option("--secure-port", type=int, help="the API server's port  [default: 6443]")
@click.option("--pod-cidr", help="addresses of Pods  [default: 10.244.0.0/16]")
@click.option("--service-cidr", help="addresses of Services  [default: 10.96.0.0/12]")
@click.option("--node-cidr", help="addresses of nodes  [default: 10.245.0.0/24]")
@click.option("--ingress/--no-ingress", default=None, help="serve Ingresses  [default: yes, if nginx is installed]")
@click.option("--ingress-http-port", type=int, help="where, for HTTP; 0: nowhere  [default: 80]")
@click.option("--ingress-https-port", type=int, help="where, for HTTPS; 0: nowhere  [default: 443]")
@click.option("-v", "--verbosity", type=int, help="how much the daemons log")
def up(name: str, **chosen: Any) -> None:
    """Bring the cluster up; what runs already is left alone."""
    from cluster import progress
    from cluster.up import up as bring_up

    began = time.monotonic()
    layout = Layout(name)
    given = {key: value for key, value in chosen.items() if value is not None}
    shown = progress.make()

    async def work() -> None:
        options = dataclasses.replace(Options.load(layout.options) or Options(name=name), **given)
        result = await bring_up(layout, options, shown)
        ready = "is already running" if result.already else f"is ready ({time.monotonic() - began:.1f} s)"
        count = len(result.nodes)
        shown.say(
            f"\nCluster {name} {ready}: {count} node{'s' * (count > 1)}, https://127.0.0.1:{options.secure_port}, "
            f"context {name} in {result.kubeconfig}"
        )
        for note in result.notes:
            shown.say(f"\n{note}")
        shown.say("\nNext:\n  kubectl get nodes -o wide\n  minik8s status")
        if result.demo_images:
            shown.say(
                "  kubectl create deployment hello --image=minik8s/demo:v1 --replicas=3\n"
                "  kubectl expose deployment hello --port=80 --target-port=8080\n"
                "  curl $(kubectl get service hello -o jsonpath={.spec.clusterIP})"
            )

    run(work())


@main.command()
@_name_option
@click.option("--keep-data", is_flag=True, help="keep the objects and images for the next up")
def down(name: str, keep_data: bool) -> None:
    """Take the cluster down; nothing of it stays on the machine."""
    from cluster import progress
    from cluster.down import down as take_down

    shown = progress.make()
    if run(take_down(Layout(name), shown, keep_data)):
        shown.say(f"Cluster {name} is down" + (", its data is kept" if keep_data else ""))
    else:
        shown.say(f"There is no cluster {name}")


@main.command()
@_name_option
def status(name: str) -> None:
    """Show each process: pid, uptime, memory, health, log."""
    from cluster import status as statuses

    found = run(statuses.processes(Layout(name)))
    rows = statuses.table(found)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        click.echo("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    total = sum(p.memory for p in found)
    click.echo(f"\n{len(found)} processes, {statuses.human_bytes(total)} together")
    if not all(p.well for p in found):
        sys.exit(1)


@main.group()
def image() -> None:
    """Images on the nodes."""


@image.command("load")
@click.argument("names", nargs=-1, required=True)
@_name_option
def image_load(names: tuple[str, ...], name: str) -> None:
    """Copy images of this machine's Docker (or tar files) to every node."""
    from cluster import images
    from cluster import status as statuses
    from cluster.layout import nodes

    layout = Layout(name)

    async def work() -> None:
        await statuses.require_running(layout)
        options = Options.load(layout.options) or Options(name=name)
        await images.load(nodes(layout, options), list(names))

    run(work())
    click.echo(f"{', '.join(names)}: on every node of cluster {name}")


@main.group()
def node() -> None:
    """Single nodes of the cluster."""


@node.command("stop")
@click.argument("node_name", metavar="NODE")
@_name_option
def node_stop(node_name: str, name: str) -> None:
    """Stop a node as if its plug were pulled."""
    from cluster import nodes

    run(nodes.stop(Layout(name), node_name))
    click.echo(f"node/{node_name} stopped")


@node.command("start")
@click.argument("node_name", metavar="NODE")
@_name_option
def node_start(node_name: str, name: str) -> None:
    """Start a stopped node."""
    from cluster import nodes

    run(nodes.start(Layout(name), node_name))
    click.echo(f"node/{node_name} started")


for _command in (init, join, reset, token, certs, config):
    main.add_command(_command)


if __name__ == "__main__":
    os.environ.setdefault("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
    main(prog_name="minik8s")
