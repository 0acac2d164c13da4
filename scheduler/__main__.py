"""`minik8s-scheduler`: kube-scheduler's flags."""

from __future__ import annotations

import os
import socket
from typing import Any

import click

from minik8s.daemon import flags
from minik8s.daemon.config_file import load_config

_ACCEPTED = (
    "profiling contention-profiling authorization-always-allow-paths authentication-skip-lookup "
    "authentication-tolerate-lookup-failure authentication-token-webhook-cache-ttl requestheader-client-ca-file "
    "requestheader-allowed-names requestheader-extra-headers-prefix requestheader-group-headers "
    "requestheader-uid-headers requestheader-username-headers authorization-webhook-cache-authorized-ttl "
    "authorization-webhook-cache-unauthorized-ttl kube-api-qps kube-api-burst kube-api-content-type feature-gates "
    "emulated-version permit-port-sharing permit-address-sharing http2-max-streams-per-connection tls-min-version "
    "tls-cipher-suites leader-elect-resource-lock cert-dir disable-http2-serving disabled-metrics "
    "pod-max-in-unschedulable-pods-duration show-hidden-metrics-for-version allow-metric-labels "
    "allow-metric-labels-manifest log-flush-frequency vmodule"
).split()
"""Flags of kube-scheduler that are taken and change nothing here."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--config", "config_file", default="", help="KubeSchedulerConfiguration file")
@click.option("--bind-address", default="0.0.0.0", show_default=True, help="address to serve health and metrics on")
@click.option("--secure-port", default=10259, show_default=True, help="their port; 0 serves nothing")
@click.option("--tls-cert-file", default="", help="serving certificate  [default: a self-signed one]")
@click.option("--tls-private-key-file", default="", help="its key")
@click.option("--client-ca-file", default="", help="CA of client certificates")
@click.option("--authentication-kubeconfig", default="", help="who asks about tokens  [default: --kubeconfig]")
@click.option("--authorization-kubeconfig", default="", help="who asks about rights  [default: --kubeconfig]")
@flags.accepted(_ACCEPTED)
@flags.leader_flags("kube-scheduler")
@flags.logging_flags
@click.pass_context
def main(ctx: click.Context, /, **given: Any) -> None:
    """Run the scheduler: which node a Pod runs on."""
    from minik8s.daemon.run import run

    flags.tell_ignored()
    # numpy's linear algebra is not used here; its threads would only take memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    configuration: Any = None
    if given["config_file"]:
        from scheduler import config

        configuration = load_config(given["config_file"], config.Configuration, config.KINDS)
        config.settle(configuration, given, lambda name: flags.explicit(ctx, name))
    run(lambda: _serve(configuration, given))


async def _serve(configuration: Any, given: dict[str, Any]) -> None:
    from minik8s.client import config
    from minik8s.client.api import ApiClient
    from minik8s.client.leader import LeaderElector
    from minik8s.daemon.delegated import DelegatedAuth
    from minik8s.daemon.health import Check, HealthServer
    from minik8s.daemon.run import ready
    from scheduler.explain import ExplainRoute
    from scheduler.scheduler import Scheduler

    loaded = config.load(given["kubeconfig"], master=given["master"], user_agent="minik8s-scheduler")
    async with ApiClient(loaded) as client:
        scheduler = Scheduler(client, configuration)

        def synced() -> None:
            if waiting := scheduler.informers.unsynced:
                raise RuntimeError(f"caches not in sync: {', '.join(sorted(waiting))}")

        elector = None
        checks: dict[str, Check] = {}
        if given["leader_elect"]:
            elector = LeaderElector(
                client,
                given["leader_elect_resource_name"],
                given["leader_elect_resource_namespace"],
                f"{socket.gethostname()}_{os.getpid()}_{os.urandom(4).hex()}",
                lease_duration=given["leader_elect_lease_duration"],
                renew_deadline=given["leader_elect_renew_deadline"],
                retry_period=given["leader_elect_retry_period"],
            )
            checks["leaderElection"] = _leading(elector)
        # Standing by it reads nothing yet, so that only who leads must have read all.
        checks["sched-handler-sync"] = lambda: synced() if elector is None or elector.is_leader else None
        server = HealthServer(
            given["bind_address"],
            given["secure_port"],
            tls=_tls(given),
            checks=checks,
            authorizer=DelegatedAuth(client),
            live=("ping", *(name for name in checks if name == "leaderElection")),
            routes={ExplainRoute.PATH: ExplainRoute(scheduler)},
            configz=lambda: {"componentconfig": _configuration(configuration)},
        )
        async with server:
            ready()
            if elector is None:
                await scheduler.run()
            else:
                await elector.run(scheduler.run)


def _configuration(given: Any) -> Any:
    from scheduler.config import Configuration

    return (given or Configuration()).model_dump(mode="json", by_alias=True)


def _leading(elector: Any) -> Any:
    def check() -> None:
        if not elector.healthy():
            raise RuntimeError("the lease was not renewed in time")

    return check


def _tls(given: dict[str, Any]) -> Any:
    from minik8s.daemon import tls

    if not given["secure_port"]:
        return None
    return tls.serving("scheduler", given["tls_cert_file"], given["tls_private_key_file"], given["client_ca_file"])


if __name__ == "__main__":
    main()
