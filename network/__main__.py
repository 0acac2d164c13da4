"""`minik8s-network`: the Pod network agent of one node."""

from __future__ import annotations

import socket
from pathlib import Path

import click

from minik8s.daemon import flags
from minik8s.daemon.logging import logger

log = logger("network")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--node-name", "--hostname-override", "node_name", default="", help="this node  [default: host name]")
@click.option("--backend", type=click.Choice(["host-gw", "vxlan"]), default="host-gw", show_default=True)
@click.option("--cluster-cidr", default="10.244.0.0/16", show_default=True, help="network of all Pods")
@click.option("--cni-conf-dir", default="/etc/cni/net.d", show_default=True, help="where the CNI configuration goes")
@click.option("--cni-data-dir", default="", help="where address allocations are kept  [default: the plugin's]")
@click.option("--healthz-bind-address", default="127.0.0.1:10254", show_default=True)
@flags.flag("--network-policy", default=True, help="enforce NetworkPolicies")
@flags.flag("--cleanup", help="remove rules, routes, devices and the CNI configuration, and exit")
@flags.logging_flags
def main(
    kubeconfig: str,
    master: str,
    node_name: str,
    backend: str,
    cluster_cidr: str,
    cni_conf_dir: str,
    cni_data_dir: str,
    healthz_bind_address: str,
    network_policy: bool,
    cleanup: bool,
) -> None:
    """Wire this node's Pods with those of all other nodes."""
    from minik8s.daemon.run import run

    if cleanup:
        run(lambda: _cleanup(Path(cni_conf_dir)))
        return
    from network.agent import Settings

    node = (node_name or socket.gethostname()).lower()
    pods = flags.ipv4_network(cluster_cidr, "--cluster-cidr")
    if not pods:
        raise click.BadParameter("one network has to be of IPv4", param_hint="--cluster-cidr")
    settings = Settings(node, pods, backend, Path(cni_conf_dir), cni_data_dir, network_policy)
    bind = flags.place(healthz_bind_address, "--healthz-bind-address", 10254)
    run(lambda: _serve(kubeconfig, master, settings, bind))


async def _cleanup(folder: Path) -> None:
    import asyncio

    from network import cni, links, rules

    cni.remove(folder)
    try:
        await asyncio.to_thread(rules.cleanup)
    except rules.RulesError as error:
        log.warning("rules could not be removed", error=str(error))
    await asyncio.to_thread(links.cleanup)


async def _serve(kubeconfig: str, master: str, settings: object, bind: tuple[str, int]) -> None:
    from minik8s.client import config
    from minik8s.client.api import ApiClient
    from minik8s.client.controller import run_controllers
    from minik8s.daemon.health import HealthServer
    from minik8s.daemon.run import ready
    from network.agent import Agent, Settings

    assert isinstance(settings, Settings)
    agent = Agent(settings)

    def wired() -> None:
        if agent.trouble:
            raise RuntimeError(agent.trouble)

    async with ApiClient(config.load(kubeconfig, master=master, user_agent="minik8s-network")) as client:
        checks = {"network": wired}
        async with HealthServer(*bind, checks=checks, live=("ping",)):
            ready()
            await run_controllers(client, [agent])


if __name__ == "__main__":
    main()
