"""`minik8s-proxy`: the Service proxy of one node."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import click

from minik8s.daemon import flags
from minik8s.daemon.config_file import load_config
from minik8s.daemon.logging import logger

if TYPE_CHECKING:
    from proxy.syncer import Syncer

log = logger("proxy")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--config", default="", help="KubeProxyConfiguration file; flags win over it")
@click.option("--hostname-override", default="", help="name of this node  [default: the host name]")
@click.option("--proxy-mode", default="", help="nftables, iptables or ipvs  [default: nftables]")
@click.option("--cluster-cidr", default="", help="network of all Pods; traffic from elsewhere is masqueraded")
@click.option(
    "--detect-local-mode", default="", help="whose Pods are local: ClusterCIDR or NodeCIDR  [default: ClusterCIDR]"
)
@click.option("--healthz-bind-address", default="", help="address:port of /healthz  [default: 0.0.0.0:10256]")
@click.option("--metrics-bind-address", default="", help="address:port of /metrics  [default: 127.0.0.1:10249]")
@flags.strings("--nodeport-addresses", help="networks whose addresses answer on NodePorts  [default: all]")
@click.option("--ipvs-scheduler", default="", help="scheduler in ipvs mode  [default: rr]")
@flags.flag("--cleanup", help="remove all rules and exit")
@flags.logging_flags
def main(
    kubeconfig: str,
    master: str,
    config: str,
    hostname_override: str,
    proxy_mode: str,
    cluster_cidr: str,
    detect_local_mode: str,
    healthz_bind_address: str,
    metrics_bind_address: str,
    nodeport_addresses: tuple[str, ...],
    ipvs_scheduler: str,
    cleanup: bool,
) -> None:
    """Program this node's kernel so that Services answer."""
    from minik8s.daemon.run import run
    from proxy.config import KINDS, LOCAL_MODES, MODES, KubeProxyConfiguration

    held = load_config(config, KubeProxyConfiguration, KINDS) if config else KubeProxyConfiguration()
    mode = proxy_mode or held.mode or "nftables"
    if mode not in MODES:
        raise click.BadParameter(f"{mode!r}: must be one of {', '.join(MODES)}", param_hint="--proxy-mode")
    if cleanup:
        run(_cleanup)
        return
    local = detect_local_mode or held.detectLocalMode or "ClusterCIDR"
    if local not in LOCAL_MODES:
        known = ", ".join(LOCAL_MODES)
        raise click.BadParameter(f"{local!r}: must be one of {known}", param_hint="--detect-local-mode")
    network = flags.ipv4_network(cluster_cidr or held.clusterCIDR, "--cluster-cidr")
    cidr = network if local == "ClusterCIDR" else None
    node = (hostname_override or held.hostnameOverride or socket.gethostname()).lower()
    bind = flags.place(healthz_bind_address or held.healthzBindAddress or "0.0.0.0", "--healthz-bind-address", 10256)
    told = flags.place(metrics_bind_address or held.metricsBindAddress or "127.0.0.1", "--metrics-bind-address", 10249)
    nodeports = nodeport_addresses or tuple(held.nodePortAddresses or ())
    flags.check_networks((each for each in nodeports if each != "primary"), "--nodeport-addresses")
    kube = kubeconfig or held.clientConnection.kubeconfig
    scheduler = ipvs_scheduler or held.ipvs.scheduler
    run(lambda: _serve(kube, master, mode, cidr, node, (bind, told), nodeports, scheduler, held.model_dump()))


async def _cleanup() -> None:
    from proxy.backend import BackendError
    from proxy.backends.iptables import IptablesBackend
    from proxy.backends.ipvs import IpvsBackend
    from proxy.backends.nftables import NftablesBackend

    for backend in (NftablesBackend(""), IptablesBackend(""), IpvsBackend("", list)):
        try:
            await backend.cleanup()
        except BackendError as error:
            log.debug("nothing to clean up", backend=backend.name, error=str(error))


async def _serve(
    kubeconfig: str,
    master: str,
    mode: str,
    cluster_cidr: str | None,
    node: str,
    binds: tuple[tuple[str, int], tuple[str, int]],
    nodeport_addresses: tuple[str, ...],
    ipvs_scheduler: str,
    configuration: dict[str, Any],
) -> None:
    from minik8s.client import config
    from minik8s.client.api import ApiClient
    from minik8s.client.informer import Informers
    from minik8s.daemon.run import ready
    from proxy.backend import ProxyBackend
    from proxy.backends.iptables import IptablesBackend
    from proxy.backends.ipvs import IpvsBackend
    from proxy.backends.nftables import NftablesBackend
    from proxy.health import ServiceHealth
    from proxy.node_health import NodeHealth
    from proxy.serving import serving
    from proxy.syncer import Syncer

    def backend(local: str) -> ProxyBackend:
        if mode == "iptables":
            return IptablesBackend(local)
        if mode == "ipvs":
            return IpvsBackend(local, _addresses, ipvs_scheduler)
        return NftablesBackend(local, nodeport_addresses)

    async with ApiClient(config.load(kubeconfig, master=master, user_agent="minik8s-proxy")) as client:
        informers = Informers(client)
        node_health = NodeHealth(client.clock)
        service_health = ServiceHealth(well=lambda: node_health.healthy)
        syncer = Syncer(
            informers, backend(cluster_cidr or ""), node, client.clock, service_health, node_health=node_health
        )

        def programmed() -> None:
            if not syncer.healthy:
                raise RuntimeError("the rules are not programmed")

        async with serving(client.clock, *binds, node_health, programmed, mode, configuration):
            await informers.start()
            try:
                await informers.synced()
                if cluster_cidr is None:
                    # Until its Node has a network nothing can tell which Pods are local.
                    syncer.backend = backend(await syncer.pod_cidr.known())
                log.info("programming rules", mode=mode, node=node)
                ready()
                await (syncer.run() if cluster_cidr is not None else _until_changed(syncer))
            finally:
                await service_health.stop()
                await asyncio.shield(informers.stop())


async def _until_changed(syncer: Syncer) -> None:
    from minik8s.daemon.run import Fatal

    running = asyncio.create_task(syncer.run())
    changed = asyncio.create_task(syncer.pod_cidr.changed())
    try:
        await asyncio.wait((running, changed), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        running.cancel()
        changed.cancel()
        await asyncio.gather(running, changed, return_exceptions=True)
    raise Fatal("the Node has another podCIDR now: all rules are made anew by the next start")


def _addresses() -> list[str]:
    from pyroute2 import IPRoute  # type: ignore[import-untyped]

    with IPRoute() as netlink:
        found = [a.get_attr("IFA_ADDRESS") for a in netlink.get_addr(family=socket.AF_INET)]
    return [str(a) for a in found if not str(a).startswith("127.")]


if __name__ == "__main__":
    main()
