"""`minik8s-dns`: the cluster's DNS server."""

from __future__ import annotations

import asyncio

import click

from minik8s.daemon import flags
from minik8s.daemon.logging import logger

log = logger("dns")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--bind-address", default="0.0.0.0", show_default=True)
@click.option("--port", type=int, default=53, show_default=True)
@click.option("--cluster-domain", default="cluster.local", show_default=True)
@click.option("--upstream", default="/etc/resolv.conf", show_default=True, help="resolv.conf file, or addresses")
@click.option("--ttl", type=int, default=30, show_default=True, help="seconds clients may keep answers")
@click.option("--pods", type=click.Choice(["insecure", "verified"]), default="insecure", show_default=True)
@click.option("--publish-service", default="", help="keep the Service kube-dns at this address, leading here")
@click.option("--healthz-bind-address", default="127.0.0.1:10255", show_default=True)
@flags.logging_flags
def main(
    kubeconfig: str,
    master: str,
    bind_address: str,
    port: int,
    cluster_domain: str,
    upstream: str,
    ttl: int,
    pods: str,
    publish_service: str,
    healthz_bind_address: str,
) -> None:
    """Answer the names of the cluster's Services and Pods, and forward all others."""
    from minik8s.daemon.run import run

    if publish_service and bind_address in ("0.0.0.0", "::"):
        raise click.UsageError("--publish-service needs --bind-address: the address Pods reach this server at")

    healthz = flags.place(healthz_bind_address, "--healthz-bind-address", 10255)

    async def serve() -> None:
        from clusterdns.publish import publish
        from clusterdns.responder import Responder
        from clusterdns.server import DnsServer
        from clusterdns.sources import source_of
        from clusterdns.upstream import Upstream, servers_of
        from clusterdns.zone import Zone
        from minik8s.client import config
        from minik8s.client.api import ApiClient
        from minik8s.client.informer import Informers
        from minik8s.daemon.health import HealthServer
        from minik8s.daemon.run import ready

        async with ApiClient(config.load(kubeconfig, master=master, user_agent="minik8s-dns")) as client:
            informers = Informers(client)
            own = [a for a in (bind_address if port == 53 else "", publish_service) if a]
            forward = Upstream(servers_of(upstream, own), client.clock)
            held: list[Responder] = []

            def changed() -> None:
                for one in held:
                    one.changed()

            source = source_of(informers, changed, pods == "verified")
            responder = Responder(Zone(cluster_domain, source), forward, ttl)
            held.append(responder)

            def synced() -> None:
                if informers.unsynced:
                    raise RuntimeError("not listed yet: " + ", ".join(informers.unsynced))

            async with HealthServer(*healthz, checks={"informers": synced}):
                await informers.start()
                try:
                    await informers.synced()
                    server = DnsServer(responder, bind_address, port)
                    await server.start()
                    log.info("serving", address=bind_address, port=port, upstream=len(forward.servers))
                    if publish_service:
                        await publish(client, publish_service, bind_address, port)
                    ready()
                    await forward.check_loop()
                    await asyncio.Event().wait()
                finally:
                    await asyncio.shield(informers.stop())

    run(serve)


if __name__ == "__main__":
    main()
