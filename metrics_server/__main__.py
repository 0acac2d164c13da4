"""`minik8s-metrics-server`: the flags of Kubernetes' metrics-server."""

from __future__ import annotations

from typing import Any

import click

from minik8s.daemon import flags

_ACCEPTED = (
    "audit-log-path audit-log-maxage audit-log-maxbackup audit-log-maxsize audit-log-format audit-log-mode "
    "audit-policy-file audit-webhook-config-file authentication-skip-lookup authentication-kubeconfig "
    "authentication-tolerate-lookup-failure authentication-token-webhook-cache-ttl authorization-kubeconfig "
    "authorization-always-allow-paths authorization-webhook-cache-authorized-ttl "
    "authorization-webhook-cache-unauthorized-ttl contention-profiling profiling disable-http2-serving "
    "http2-max-streams-per-connection permit-address-sharing permit-port-sharing tls-cipher-suites tls-min-version "
    "tls-sni-cert-key log-flush-frequency vmodule emulated-version feature-gates"
).split()
"""Flags of metrics-server that are taken and change nothing here."""
_TYPES = "Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP"
_LEAST_SECONDS = 10.0


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@flags.duration("--metric-resolution", default="15s", help="time between two rounds, at least 10s")
@click.option("--bind-address", default="0.0.0.0", show_default=True)
@click.option("--secure-port", type=int, default=443, show_default=True)
@click.option("--cert-dir", default="", help="folder for what is made or looked up  [default: a temporary one]")
@click.option("--tls-cert-file", default="", help="serving certificate  [default: a self-signed one]")
@click.option("--tls-private-key-file", default="", help="its key")
@click.option("--client-ca-file", default="", help="CA of client certificates  [default: as the API server publishes]")
@click.option("--requestheader-client-ca-file", default="", help="CA of front proxies  [default: likewise]")
@flags.strings("--requestheader-allowed-names", help="common names of front proxies; none allows all")
@flags.strings("--requestheader-username-headers", default="X-Remote-User")
@flags.strings("--requestheader-uid-headers", default="X-Remote-Uid")
@flags.strings("--requestheader-group-headers", default="X-Remote-Group")
@flags.strings("--requestheader-extra-headers-prefix", default="X-Remote-Extra-")
@flags.flag("--kubelet-insecure-tls", help="believe kubelets without looking at their certificates")
@click.option("--kubelet-certificate-authority", default="", help="CA of kubelets' certificates")
@click.option("--kubelet-client-certificate", default="", help="certificate shown to kubelets")
@click.option("--kubelet-client-key", default="", help="its key")
@click.option("--kubelet-port", type=int, default=10250, show_default=True)
@flags.flag("--kubelet-use-node-status-port", help="use the port in the node's status, where there is one")
@flags.strings("--kubelet-preferred-address-types", default=_TYPES, help="which address of a node to use")
@flags.duration("--kubelet-request-timeout", default="10s", help="how long a kubelet may take to answer")
@click.option("-l", "--node-selector", default="", help="label selector of the nodes to look after")
@flags.accepted(_ACCEPTED)
@flags.logging_flags
def main(**given: Any) -> None:
    """Serve what nodes and Pods use now, behind the API server as metrics.k8s.io."""
    from minik8s.daemon.run import run
    from minik8s.machinery.selectors import SelectorError, parse_label_selector

    resolution, timeout = given["metric_resolution"], given["kubelet_request_timeout"]
    if resolution < _LEAST_SECONDS:
        raise click.UsageError(
            f"metric-resolution should be a time duration at least 10s, but value {resolution:g}s provided"
        )
    if resolution * 0.9 < timeout:
        raise click.UsageError(
            "metric-resolution should be larger than kubelet-request-timeout, but metric-resolution value "
            f"{resolution:g}s kubelet-request-timeout value {timeout:g}s provided"
        )
    try:
        parse_label_selector(given["node_selector"])
    except SelectorError as error:
        raise click.BadParameter(str(error), param_hint="--node-selector") from None
    run(lambda: _serve(given))


async def _serve(given: dict[str, Any]) -> None:
    from metrics_server.kubelets import Reach
    from metrics_server.server import serve
    from minik8s.client import config
    from minik8s.daemon.front_proxy import HeaderNames

    reach = Reach(
        port=given["kubelet_port"],
        use_node_status_port=given["kubelet_use_node_status_port"],
        address_types=given["kubelet_preferred_address_types"],
        insecure=given["kubelet_insecure_tls"],
        ca_file=given["kubelet_certificate_authority"],
        cert_file=given["kubelet_client_certificate"],
        key_file=given["kubelet_client_key"],
        timeout=given["kubelet_request_timeout"],
    )
    names = HeaderNames(
        given["requestheader_allowed_names"],
        given["requestheader_username_headers"],
        given["requestheader_uid_headers"],
        given["requestheader_group_headers"],
        given["requestheader_extra_headers_prefix"],
    )
    own = config.load(given["kubeconfig"], master=given["master"], user_agent="minik8s-metrics-server")
    await serve(own, reach, names, given)


if __name__ == "__main__":
    main()
