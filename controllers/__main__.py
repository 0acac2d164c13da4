"""`minik8s-controller-manager`: kube-controller-manager's flags."""

from __future__ import annotations

import os
import socket
from typing import Any

import click

from minik8s.daemon import flags

_SYNCS = {
    "deployment": "deployment-controller",
    "replicaset": "replicaset-controller",
    "rc": "replicationcontroller-controller",
    "endpoint": "endpoints-controller",
    "service-endpoint": "endpointslice-controller",
    "namespace": "namespace-controller",
    "serviceaccount-token": "serviceaccount-token-controller",
    "gc": "garbage-collector-controller",
    "job": "job-controller",
    "cron-job": "cronjob-controller",
    "daemonset": "daemonset-controller",
    "statefulset": "statefulset-controller",
    "resource-quota": "resourcequota-controller",
    "horizontal-pod-autoscaler": "horizontal-pod-autoscaler-controller",
    "ttl-after-finished": "ttl-after-finished-controller",
    "ephemeralvolume": "ephemeral-volume-controller",
    "disruption": "disruption-controller",
}
"""`--concurrent-<key>-syncs` to the controller it is about."""

_DURATIONS = {
    "cluster-signing-duration": ("8760h", "longest life of a certificate signed here"),
    "node-monitor-period": ("5s", "pause between looks at all nodes"),
    "node-monitor-grace-period": ("50s", "a node silent for so long is not ready"),
    "node-startup-grace-period": ("1m", "a node that never reported gets so long"),
    "namespace-sync-period": ("5m", "pause between looks at namespaces"),
    "resource-quota-sync-period": ("5m", "pause between full counts for quotas"),
    "pvclaimbinder-sync-period": ("15s", "pause between looks at volumes and claims"),
    "horizontal-pod-autoscaler-sync-period": ("15s", "pause between looks at metrics"),
    "horizontal-pod-autoscaler-downscale-stabilization": ("5m", "look back so far before scaling down"),
    "horizontal-pod-autoscaler-cpu-initialization-period": ("5m", "CPU samples of younger pods may be skipped"),
    "horizontal-pod-autoscaler-initial-readiness-delay": ("30s", "readiness changes this early count as starting"),
    "legacy-service-account-token-clean-up-period": ("8760h", "unused token secrets go after so long"),
}
_NUMBERS: dict[str, tuple[Any, str]] = {
    "node-cidr-mask-size": (0, "prefix length of a node's network  [default: 24, IPv6 64]"),
    "node-cidr-mask-size-ipv4": (0, "the same for IPv4 alone"),
    "node-cidr-mask-size-ipv6": (0, "the same for IPv6 alone"),
    "node-eviction-rate": (0.1, "nodes a second whose pods are evicted in a healthy zone"),
    "secondary-node-eviction-rate": (0.01, "the same in an unhealthy zone"),
    "unhealthy-zone-threshold": (0.55, "share of nodes not ready that makes a zone unhealthy"),
    "large-cluster-size-threshold": (50, "smaller clusters evict nothing in an unhealthy zone"),
    "terminated-pod-gc-threshold": (12500, "keep so many ended pods; 0 keeps all"),
    "max-endpoints-per-slice": (100, "endpoints in one EndpointSlice"),
    "mirroring-max-endpoints-per-subset": (1000, "endpoints mirrored from one subset"),
    "horizontal-pod-autoscaler-tolerance": (0.1, "relative change of a metric that is ignored"),
}
_ACCEPTED = (
    "profiling contention-profiling authorization-always-allow-paths authentication-skip-lookup "
    "authentication-tolerate-lookup-failure requestheader-client-ca-file kube-api-qps kube-api-burst "
    "kube-api-content-type cloud-provider cloud-config configure-cloud-routes cidr-allocator-type "
    "min-resync-period "
    "controller-start-interval feature-gates enable-garbage-collector enable-dynamic-provisioning "
    "enable-hostpath-provisioner flex-volume-plugin-dir node-sync-period pod-eviction-timeout permit-port-sharing "
    "permit-address-sharing http2-max-streams-per-connection tls-min-version tls-cipher-suites "
    "leader-elect-resource-lock "
    "attach-detach-reconcile-sync-period disable-attach-detach-reconcile-sync route-reconciliation-period "
    "emulated-version external-cloud-volume-plugin cert-dir endpoint-updates-batch-period "
    "endpointslice-updates-batch-period mirroring-endpointslice-updates-batch-period mirroring-concurrent-service-"
    "endpoint-syncs concurrent-service-syncs concurrent-validating-admission-policy-status-syncs"
).split()
"""Flags of kube-controller-manager that are taken and change nothing here."""


def _options(command: Any) -> Any:
    for stem in _SYNCS:
        command = click.option(f"--concurrent-{stem}-syncs", type=int, default=0, hidden=True)(command)
    for name, (default, text) in _DURATIONS.items():
        command = flags.duration(f"--{name}", default=default, help=text)(command)
    for name, (number, text) in _NUMBERS.items():
        command = click.option(f"--{name}", type=type(number), default=number, show_default=True, help=text)(command)
    return flags.accepted(_ACCEPTED)(command)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--bind-address", default="0.0.0.0", show_default=True, help="address to serve health and metrics on")
@click.option("--secure-port", default=10257, show_default=True, help="their port; 0 serves nothing")
@click.option("--tls-cert-file", default="", help="serving certificate  [default: a self-signed one]")
@click.option("--tls-private-key-file", default="", help="its key")
@click.option("--client-ca-file", default="", help="CA of client certificates")
@click.option("--authentication-kubeconfig", default="", help="who asks about tokens  [default: --kubeconfig]")
@click.option("--authorization-kubeconfig", default="", help="who asks about rights  [default: --kubeconfig]")
@flags.strings("--controllers", default="*", help="* for all on by default, foo for one, -foo for all but one")
@flags.flag("--use-service-account-credentials", help="each controller acts under its own service account")
@click.option("--cluster-name", default="kubernetes", show_default=True)
@flags.strings("--cluster-cidr", help="networks of all Pods")
@flags.strings("--service-cluster-ip-range", help="networks of all Services")
@flags.flag("--allocate-node-cidrs", help="give each node a part of --cluster-cidr")
@click.option("--root-ca-file", default="", help="CA that every namespace's kube-root-ca.crt holds")
@click.option("--service-account-private-key-file", default="", help="key that signs token secrets")
@click.option("--cluster-signing-cert-file", default="", help="CA that signs certificate requests")
@click.option("--cluster-signing-key-file", default="", help="its key")
@_options
@flags.leader_flags("kube-controller-manager")
@flags.logging_flags
def main(**given: Any) -> None:
    """Run the controllers: what happens in the cluster because an object exists."""
    from controllers.catalog import UnknownController, selected
    from minik8s.daemon.run import run

    flags.tell_ignored()
    try:
        entries = selected(given.pop("controllers"))
    except UnknownController as error:
        raise click.BadParameter(str(error), param_hint="--controllers") from None
    for name in ("cluster_cidr", "service_cluster_ip_range"):
        flags.check_networks(given[name], f"--{name.replace('_', '-')}")
    run(lambda: _serve(entries, given))


async def _serve(entries: list[Any], given: dict[str, Any]) -> None:
    from controllers.key_files import check
    from controllers.manager import Manager
    from controllers.options import Options
    from minik8s.client import config
    from minik8s.client.api import ApiClient
    from minik8s.client.leader import LeaderElector
    from minik8s.daemon.delegated import DelegatedAuth
    from minik8s.daemon.health import Check, HealthServer
    from minik8s.daemon.run import ready

    agent = "minik8s-controller-manager"
    loaded = config.load(given["kubeconfig"], master=given["master"], user_agent=agent)
    syncs = {_SYNCS[stem]: count for stem in _SYNCS if (count := given[f"concurrent_{stem.replace('-', '_')}_syncs"])}
    known = {name: value for name, value in given.items() if name in Options.__dataclass_fields__}
    options = Options(**known, concurrent_syncs=syncs)
    check(options)
    async with ApiClient(loaded) as client:
        manager = Manager(client, entries, options, given["use_service_account_credentials"])
        checks: dict[str, Check] = {"caches": manager.synced}
        elector = None
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
        server = HealthServer(
            given["bind_address"],
            given["secure_port"],
            tls=_tls(given),
            checks=checks,
            authorizer=DelegatedAuth(client),
            live=("ping", *(name for name in checks if name == "leaderElection")),
        )
        async with server:
            ready()
            if elector is None:
                await manager.run()
            else:
                await elector.run(manager.run)


def _leading(elector: Any) -> Any:
    def check() -> None:
        if not elector.healthy():
            raise RuntimeError("the lease was not renewed in time")

    return check


def _tls(given: dict[str, Any]) -> Any:
    from minik8s.daemon import tls

    if not given["secure_port"]:
        return None
    return tls.serving(
        "controller-manager", given["tls_cert_file"], given["tls_private_key_file"], given["client_ca_file"]
    )


if __name__ == "__main__":
    main()
