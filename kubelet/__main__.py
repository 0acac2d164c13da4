"""`minik8s-kubelet`: the node agent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import click

from minik8s.daemon import flags
from minik8s.daemon.config_file import load_config
from minik8s.daemon.logging import logger

log = logger("kubelet")


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@flags.client_flags
@click.option("--config", default="", help="KubeletConfiguration file; flags win over it")
@click.option("--bootstrap-kubeconfig", default="", help="who asks for a client certificate when --kubeconfig has none")
@click.option("--cert-dir", default="", help="where certificates are kept  [default: pki in --root-dir]")
@flags.flag("--rotate-certificates", help="renew the client certificate; overrides the configuration")
@click.option("--hostname-override", default="", help="name of this node  [default: the host name]")
@flags.strings("--node-ip", help="address of this node, or one of each family  [default: that of the way out]")
@click.option("--docker-endpoint", default="unix:///var/run/docker.sock", show_default=True)
@click.option("--root-dir", default="/var/lib/kubelet", show_default=True, help="where Pods' volumes are kept")
@click.option("--cni-conf-dir", default="/etc/cni/net.d", show_default=True)
@flags.strings("--cni-bin-dir", default="/opt/cni/bin,/usr/lib/cni", help="where CNI plugins are")
@flags.mapping("--node-labels", help="labels to register the node with")
@click.option("--address", default="", help="address the server listens on")
@click.option("--port", type=int, default=0, help="port of the server; overrides the configuration")
@click.option("--max-pods", type=int, default=0, help="how many Pods may run here; overrides the configuration")
@click.option("--pod-manifest-path", default="", help="folder or file of static Pods; overrides the configuration")
@click.option("--cgroup-root", default="", help="cgroup of all Pods; overrides the configuration")
@flags.flag("--cleanup", help="take the wires and host ports of all Pods away, and exit")
@flags.logging_flags
def main(
    kubeconfig: str,
    master: str,
    config: str,
    bootstrap_kubeconfig: str,
    cert_dir: str,
    rotate_certificates: bool,
    hostname_override: str,
    node_ip: tuple[str, ...],
    docker_endpoint: str,
    root_dir: str,
    cni_conf_dir: str,
    cni_bin_dir: tuple[str, ...],
    node_labels: dict[str, str],
    address: str,
    port: int,
    max_pods: int,
    pod_manifest_path: str,
    cgroup_root: str,
    cleanup: bool,
) -> None:
    """Run the Pods bound to this node through Docker Engine, and report how they and the node are."""
    from kubelet.options import KINDS, KubeletConfiguration, Settings
    from minik8s.daemon.run import run

    if cleanup:
        _cleanup(Path(root_dir), Path(cni_conf_dir), cni_bin_dir)
        return
    held = load_config(config, KubeletConfiguration, KINDS) if config else KubeletConfiguration()
    held.address = address or held.address
    held.port = port or held.port
    held.max_pods = max_pods or held.max_pods
    held.static_pod_path = pod_manifest_path or held.static_pod_path
    held.cgroup_root = cgroup_root or held.cgroup_root
    held.rotate_certificates = rotate_certificates or held.rotate_certificates
    host = socket.gethostname().lower()
    name = (hostname_override or host).lower()
    settings = Settings(
        node_name=name,
        node_ips=node_ip or (_own_address(),),
        root_dir=Path(root_dir),
        cni_conf_dir=Path(cni_conf_dir),
        cni_bin_dirs=tuple(Path(p) for p in cni_bin_dir),
        docker_endpoint=docker_endpoint,
        node_labels=node_labels,
        hostname=name,
    )
    certificates = cert_dir or str(settings.root_dir / "pki")
    run(lambda: _serve(kubeconfig, master, settings, held, certificates, bootstrap_kubeconfig))


def _cleanup(root_dir: Path, cni_conf_dir: Path, cni_bin_dir: tuple[str, ...]) -> None:
    from kubelet.cni import CNI, CNIError

    cni = CNI(cni_conf_dir, [Path(p) for p in cni_bin_dir], root_dir / "cni")
    for sandbox in cni.known():
        try:
            cni.delete_now(sandbox)
        except CNIError as error:
            log.warning("wires could not be taken away", sandbox=sandbox, error=str(error))


def _own_address() -> str:
    """The address this machine is seen by: that of its way out, without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


async def _serve(
    kubeconfig: str, master: str, settings: object, held: object, cert_dir: str, bootstrap_kubeconfig: str
) -> None:
    from kubelet.certificates import ClientCertificates
    from kubelet.core import Kubelet
    from kubelet.options import KubeletConfiguration, Settings
    from kubelet.runtime.docker import DockerRuntime
    from minik8s.client import config
    from minik8s.client.api import ApiClient
    from minik8s.daemon import shared_mount
    from minik8s.daemon.run import ready

    assert isinstance(settings, Settings) and isinstance(held, KubeletConfiguration)
    settings.root_dir.mkdir(parents=True, exist_ok=True)
    certificates = ClientCertificates(Path(cert_dir), settings.node_name)
    if bootstrap_kubeconfig:
        await certificates.bootstrap(Path(kubeconfig), Path(bootstrap_kubeconfig))
    found = config.load(kubeconfig, master=master, user_agent="minik8s-kubelet")
    # Not before it is known whom to serve: a kubelet that cannot begin leaves the machine as it was.
    try:
        shared_mount.ensure(settings.root_dir)
    except OSError as error:
        log.warning("what Pods mount for others is not seen by them", folder=str(settings.root_dir), error=str(error))
    runtime = DockerRuntime(settings.docker_endpoint, settings.node_name)
    async with ApiClient(found) as client:
        kubelet = Kubelet(client, runtime, settings, held)
        try:
            async with contextlib.AsyncExitStack() as stack:
                if held.enable_server:
                    from kubelet.server import KubeletServer
                    from kubelet.server.statistics import Statistics

                    statistics = Statistics(kubelet.workers, volumes=kubelet.volume_statistics)
                    server = KubeletServer(kubelet.workers, runtime, held, client, cert_dir, statistics)
                    await stack.enter_async_context(server)
                ready()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(kubelet.run())
                    if held.rotate_certificates and os.path.realpath(found.cert_file) == os.path.realpath(
                        certificates.current
                    ):
                        tasks.create_task(certificates.keep(client))
        finally:
            await runtime.close()


if __name__ == "__main__":
    main()
