"""`minik8s-ingress`: the ingress controller."""

from __future__ import annotations

from typing import Any

import click

from minik8s.daemon import flags

CONTROLLER = "minik8s.io/ingress"
CLASS = "minik8s"


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--controller-class", default=CONTROLLER, show_default=True, help="spec.controller of our IngressClasses")
@click.option(
    "--ingress-class", default=CLASS, show_default=True, help="what the annotation kubernetes.io/ingress.class says"
)
@click.option("--http-port", type=click.IntRange(0, 65535), default=80, show_default=True, help="0: none")
@click.option("--https-port", type=click.IntRange(0, 65535), default=443, show_default=True, help="0: none")
@flags.strings("--bind-address", default="0.0.0.0", help="where nginx listens  [default: 0.0.0.0]")
@flags.strings("--publish-status-address", help="addresses for the status of Ingresses")
@click.option("--state-dir", default="/run/minik8s-ingress", show_default=True, help="folder for nginx's files")
@click.option("--nginx", "program", default="", help="the program  [default: nginx on PATH or in /usr/sbin]")
@click.option(
    "--worker-processes", type=click.IntRange(0, 256), default=0, help="workers  [default: one a processor, at most 4]"
)
@click.option("--worker-connections", type=click.IntRange(64, 1000000), default=4096, show_default=True)
@flags.duration("--worker-shutdown-timeout", default="1h", help="how long connections outlive a reload")
@flags.duration("--shutdown-grace-period", default="3s", help="time for requests under way when this process is ended")
@click.option("--default-tls-cert-file", default="", help="certificate of hosts without one  [default: self-signed]")
@click.option("--default-tls-private-key-file", default="", help="its key")
@flags.strings("--resolver", help="DNS servers for Services of type ExternalName  [default: as in /etc/resolv.conf]")
@flags.flag("--disable-svc-external-name", help="do not lead to Services of type ExternalName")
@click.option("--proxy-body-size", default="0", show_default=True, help="largest request body; 0: any")
@click.option("--access-log", default="off", show_default=True, help="file for a line a request, or off")
@flags.flag("--use-forwarded-headers", help="believe X-Forwarded-* headers: for when another proxy is in front")
@click.option("--healthz-bind-address", default="127.0.0.1:10252", show_default=True)
@flags.leader_flags("minik8s-ingress")
@flags.logging_flags
def main(**given: Any) -> None:
    """Serve the cluster's Ingresses with an nginx that is started with the first of them."""
    from ingress.values import BadValue, size
    from minik8s.daemon.run import run

    if not given["http_port"] and not given["https_port"]:
        raise click.UsageError("--http-port and --https-port cannot both be 0")
    try:
        size(given["proxy_body_size"])
    except BadValue as error:
        raise click.BadParameter(str(error), param_hint="--proxy-body-size") from None
    if not given["healthz_bind_address"].rpartition(":")[2].isdigit():
        raise click.BadParameter("expected ADDRESS:PORT", param_hint="--healthz-bind-address")
    if bool(given["default_tls_cert_file"]) != bool(given["default_tls_private_key_file"]):
        raise click.UsageError("--default-tls-cert-file and --default-tls-private-key-file go together")

    async def serve() -> None:
        from ingress.server import serve

        await serve(given)

    run(serve)


if __name__ == "__main__":
    main()
