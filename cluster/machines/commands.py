"""`init`, `join`, `reset`, `token`, `certs`: the commands; what they do is imported when one is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cluster.machines.places import Places
from cluster.options import ClusterError
from cluster.running import run

if TYPE_CHECKING:
    from cluster.machines.files import Files
    from cluster.machines.kinds import JoinConfiguration
    from cluster.machines.settings import Settings
    from minik8s.client.api import ApiClient

JOIN_ENDPOINT = "HOST:PORT"


def root_option(command: Any) -> Any:
    """`--root-dir`: where this machine's files begin."""
    return click.option(
        "--root-dir",
        envvar="MINIK8S_ROOT_DIR",
        default="/",
        show_default=True,
        help="put before every path of this machine, for several machines on one computer",
    )(command)


def config_option(command: Any) -> Any:
    """`--config`."""
    return click.option("--config", "config_file", default="", help="kubeadm configuration file (v1beta4, v1beta3)")(
        command
    )


def preflight_option(command: Any) -> Any:
    """`--ignore-preflight-errors`."""
    return click.option(
        "--ignore-preflight-errors", default="", help="checks whose errors are warnings, by commas; all for all"
    )(command)


def places_of(root_dir: str, certificates: str = "") -> Places:
    """The machine of `--root-dir`."""
    return Places(Path(os.path.abspath(root_dir)), certificates)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _refuse_mixing(config_file: str, given: dict[str, Any]) -> None:
    mixed = [f"--{name.replace('_', '-')}" for name, value in given.items() if value not in (None, "", ())]
    if config_file and mixed:
        raise click.UsageError(f"can not mix '--config' with arguments [{' '.join(mixed)}]")


@click.command()
@config_option
@click.option("--apiserver-advertise-address", help="the address this machine is reached at  [default: its way out]")
@click.option("--apiserver-bind-port", type=int, help="the API server's port  [default: 6443]")
@click.option("--apiserver-cert-extra-sans", help="further names and addresses of the API server, by commas")
@click.option("--control-plane-endpoint", help="name or address, and port, all machines call the control plane by")
@click.option("--pod-network-cidr", help="addresses of Pods  [default: 10.244.0.0/16]")
@click.option("--service-cidr", help="addresses of Services  [default: 10.96.0.0/12]")
@click.option("--service-dns-domain", help="the cluster's DNS domain  [default: cluster.local]")
@click.option("--node-name", help="this machine's name  [default: the host name]")
@click.option("--cri-socket", help="where the Docker engine listens  [default: unix:///var/run/docker.sock]")
@click.option("--token", help="the token machines join with  [default: a random one]")
@click.option("--token-ttl", help="how long it is good, 0 for ever  [default: 24h]")
@click.option("--store", type=click.Choice(["etcd", "sqlite"]), default="etcd", show_default=True, help="keeps objects")
@click.option(
    "--pod-network-backend",
    type=click.Choice(["host-gw", "vxlan"]),
    default="host-gw",
    show_default=True,
    help="how Pods of different machines reach each other; vxlan where machines are not on one network",
)
@click.option("--ingress", is_flag=True, help="serve Ingresses on this machine's ports 80 and 443, with nginx")
@click.option("--upload-certs", is_flag=True, help="let further machines of the control plane fetch its keys, sealed")
@click.option("--certificate-key", default="", help="the key they are sealed with  [default: a random one]")
@click.option("--skip-token-print", is_flag=True, help="do not print the token")
@preflight_option
@root_option
def init(
    config_file: str,
    store: str,
    pod_network_backend: str,
    ingress: bool,
    upload_certs: bool,
    certificate_key: str,
    skip_token_print: bool,
    ignore_preflight_errors: str,
    root_dir: str,
    **given: Any,
) -> None:
    """Make this machine the control plane of a new cluster."""
    from cluster import progress

    _refuse_mixing(config_file, given)
    shown = progress.make()

    async def work() -> None:
        from cluster.machines import summary, uploads
        from cluster.machines.init import init as bring_up

        settings = _settings(config_file, given, store == "sqlite", pod_network_backend)
        settings.ingress = ingress
        places = places_of(root_dir, settings.cluster.certificates_dir)
        for line in summary.ignored(settings.init, settings.cluster):
            shown.say(f"[config] WARNING: {line}")
        key = certificate_key or settings.init.certificate_key
        if key:
            uploads.key_bytes(key)
        if upload_certs:
            summary.check_upload(settings)
            key = key or uploads.new_key()
        token = await bring_up(settings, places, shown, _names(ignore_preflight_errors), key if upload_certs else "")
        ca = (places.pki / "ca.crt").read_bytes()
        shown.say(summary.initialised(settings, places, token, ca, key if upload_certs else "", skip_token_print))

    run(work())


def _settings(config_file: str, given: dict[str, Any], sqlite: bool, backend: str) -> Settings:
    from cluster.machines import files
    from cluster.machines.kinds import BootstrapToken, ClusterConfiguration, InitConfiguration
    from cluster.machines.settings import Settings, work_out

    read = files.load(config_file) if config_file else _init_files(given)
    settings = Settings(
        read.init or InitConfiguration(),
        read.cluster or ClusterConfiguration(),
        read.kubelet,
        read.proxy,
        sqlite,
        backend,
    )
    if not settings.init.bootstrap_tokens:
        token = {"token": given.get("token") or "", "ttl": given.get("token_ttl") or "24h0m0s"}
        settings.init.bootstrap_tokens = [files.validate(BootstrapToken, token, "the flags", "--token, --token-ttl")]
    work_out(settings)
    return settings


def _init_files(given: dict[str, Any]) -> Files:
    from cluster.machines import files
    from cluster.machines.kinds import ClusterConfiguration, InitConfiguration

    endpoint = {
        "advertiseAddress": given["apiserver_advertise_address"],
        "bindPort": given["apiserver_bind_port"],
    }
    register = {"name": given["node_name"], "criSocket": given["cri_socket"]}
    networking = {
        "podSubnet": given["pod_network_cidr"],
        "serviceSubnet": given["service_cidr"],
        "dnsDomain": given["service_dns_domain"],
    }
    init_document = {"localAPIEndpoint": _given(endpoint), "nodeRegistration": _given(register)}
    cluster_document = {
        "networking": _given(networking),
        "controlPlaneEndpoint": given["control_plane_endpoint"] or "",
        "apiServer": {"certSANs": _names(given["apiserver_cert_extra_sans"] or "")},
    }
    return files.Files(
        init=files.validate(InitConfiguration, init_document, "the flags", "InitConfiguration"),
        cluster=files.validate(ClusterConfiguration, cluster_document, "the flags", "ClusterConfiguration"),
    )


def _given(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}


@click.command()
@click.argument("endpoint", metavar=f"[{JOIN_ENDPOINT}]", required=False, default="")
@config_option
@click.option("--token", default="", help="the bootstrap token, for discovery and for the certificate")
@click.option("--discovery-token", default="", help="the token for discovery alone")
@click.option("--discovery-token-ca-cert-hash", multiple=True, help="sha256:HEX of the CA's key; may be repeated")
@click.option("--discovery-token-unsafe-skip-ca-verification", is_flag=True, help="trust by the token alone")
@click.option("--discovery-file", default="", help="trust by a kubeconfig file, or one at an https:// address")
@click.option("--tls-bootstrap-token", default="", help="the token for the certificate alone")
@click.option("--node-name", default="", help="this machine's name  [default: the host name]")
@click.option("--cri-socket", default="", help="where the Docker engine listens")
@click.option("--control-plane", is_flag=True, help="become a further machine of the control plane")
@click.option("--certificate-key", default="", help="the key the control plane's keys were sealed with")
@click.option("--apiserver-advertise-address", default="", help="with --control-plane: this machine's address")
@click.option("--apiserver-bind-port", type=int, default=0, help="with --control-plane: the port  [default: 6443]")
@preflight_option
@root_option
def join(endpoint: str, config_file: str, ignore_preflight_errors: str, root_dir: str, **given: Any) -> None:
    """Make this machine a node of a cluster."""
    from cluster import progress

    shown = progress.make()

    async def work() -> None:
        from cluster.machines import summary
        from cluster.machines.join import join as become_node

        wanted = _join_configuration(endpoint, config_file, given)
        for line in summary.ignored(wanted):
            shown.say(f"[config] WARNING: {line}")
        places = places_of(root_dir)
        made = await become_node(wanted, places, shown, _names(ignore_preflight_errors))
        shown.say(summary.joined(made, places))

    run(work())


def _join_configuration(endpoint: str, config_file: str, given: dict[str, Any]) -> JoinConfiguration:
    from cluster.machines import files
    from cluster.machines.kinds import JoinConfiguration

    if config_file:
        flags = {k: v for k, v in given.items() if v not in ("", (), False, 0)}
        _refuse_mixing(config_file, flags)
        if endpoint:
            raise click.UsageError("can not mix '--config' with arguments [HOST:PORT]")
        found = files.load(config_file).join
        if found is None:
            raise ClusterError(f"no InitConfiguration or JoinConfiguration kind was found in {config_file}")
        token = found.discovery.bootstrap_token
        if token is not None and not token.token:
            token.token = found.discovery.tls_bootstrap_token
        return found
    discovery: dict[str, Any] = {"tlsBootstrapToken": given["tls_bootstrap_token"] or given["token"]}
    if given["discovery_file"]:
        discovery["file"] = {"kubeConfigPath": given["discovery_file"]}
    if endpoint or given["discovery_token"] or (given["token"] and not given["discovery_file"]):
        discovery["bootstrapToken"] = {
            "token": given["discovery_token"] or given["token"],
            "apiServerEndpoint": endpoint,
            "caCertHashes": list(given["discovery_token_ca_cert_hash"]),
            "unsafeSkipCAVerification": given["discovery_token_unsafe_skip_ca_verification"],
        }
    register = {"name": given["node_name"], "criSocket": given["cri_socket"]}
    document: dict[str, Any] = {"discovery": discovery, "nodeRegistration": register}
    if given["control_plane"]:
        local = {"advertiseAddress": given["apiserver_advertise_address"]}
        local |= {"bindPort": given["apiserver_bind_port"]} if given["apiserver_bind_port"] else {}
        document["controlPlane"] = {"localAPIEndpoint": local, "certificateKey": given["certificate_key"]}
    return files.validate(JoinConfiguration, document, "the flags", "JoinConfiguration")


@click.command()
@click.option("-f", "--force", is_flag=True, help="do not ask")
@root_option
def reset(force: bool, root_dir: str) -> None:
    """Take this machine out of its cluster again; everything init or join brought goes."""
    from cluster import progress

    shown = progress.make()

    async def work() -> None:
        from cluster.machine import check_root
        from cluster.machines import record
        from cluster.machines.reset import undo

        check_root()
        places = places_of(root_dir)
        held = record.load(places)
        if held is None and not places.conf("kubelet").exists() and not places.layout.run.exists():
            shown.say("[reset] there is nothing to reset: this machine is in no cluster")
            return
        shown.say("[reset] WARNING: Changes made to this host by 'minik8s init' or 'minik8s join' will be reverted.")
        if not force and not click.confirm("[reset] Are you sure you want to proceed?"):
            raise ClusterError("aborted reset operation")
        if held is not None:
            places = places_of(root_dir, held.certificates)
        with shown.step("ended the daemons and Pods, removed rules, mounts and files"):
            await undo(places, held, shown.say)
        if held is not None and held.role == record.WORKER:
            shown.say(f"[reset] the Node is left in the cluster; there: kubectl delete node {held.node}")

    run(work())


def client_of(kubeconfig: str, root_dir: str) -> ApiClient:
    """The administrator's client: of the file given, else of $KUBECONFIG, else of this machine's admin.conf."""
    from minik8s.client import config
    from minik8s.client.api import ApiClient

    return ApiClient(config.load(admin_file(kubeconfig, root_dir), user_agent="minik8s-token"))


def admin_file(kubeconfig: str, root_dir: str) -> str:
    """The kubeconfig file commands for administrators use; "" for the usual ones of a user."""
    own = places_of(root_dir).conf("admin")
    if kubeconfig:
        return kubeconfig
    return str(own) if own.exists() and not os.environ.get("KUBECONFIG") else ""


def table(rows: list[list[str]]) -> None:
    """Columns, as wide as they need to be."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        click.echo("   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
