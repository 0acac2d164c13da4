"""What must be true of a machine before it becomes part of a cluster, in kubeadm's names and words."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from cluster import machine
from cluster.machines.keys import has_local_etcd
from cluster.machines.places import ETCD_DATA, Places
from cluster.machines.settings import Settings
from cluster.options import ClusterError

NODE_PORTS = {"kubelet": 10250, "proxy": 10256, "network": 10254}
CONTROL_PORTS = {"controller-manager": 10257, "scheduler": 10259}
_SWAPS = Path("/proc/swaps")


class Findings:
    """Errors and warnings, each under the name of its check."""

    def __init__(self, ignored: Iterable[str] = ()) -> None:
        self.errors: list[tuple[str, str]] = []
        self.warnings: list[tuple[str, str]] = []
        self._ignored = {name.lower() for name in ignored}

    def error(self, check: str, message: str) -> None:
        """Something that stops the command, unless its check is to be ignored."""
        ignored = check.lower() in self._ignored or "all" in self._ignored
        (self.warnings if ignored else self.errors).append((check, message))

    def warning(self, check: str, message: str) -> None:
        """Something to be said."""
        self.warnings.append((check, message))

    def finish(self, say: Callable[[str], None]) -> None:
        """Say the warnings. Raises ClusterError with all errors."""
        for check, message in self.warnings:
            say(f"\t[WARNING {check}]: {message}")
        if self.errors:
            lines = [f"\t[ERROR {check}]: {message}" for check, message in self.errors]
            raise ClusterError(
                "[preflight] Some fatal errors occurred:\n"
                + "\n".join(lines)
                + "\n[preflight] If you know what you are doing, you can make a check non-fatal with "
                "`--ignore-preflight-errors=...`"
            )


def check_fresh(places: Places) -> None:
    """Raises ClusterError on a machine that is in a cluster, or was and has not been reset."""
    if places.record.exists() or places.conf("kubelet").exists():
        raise ClusterError(
            "this machine is already initialised or joined "
            f"({places.conf('kubelet') if places.conf('kubelet').exists() else places.record} exists): "
            "run `minik8s reset` first"
        )


def check_init(settings: Settings, places: Places, found: Findings) -> None:
    """The checks of `init`."""
    _privileged(found)
    if (os.cpu_count() or 0) < 2:
        found.error("NumCPU", f"the number of available CPUs {os.cpu_count()} is less than the required 2")
    _ports(found, {"API server": settings.port} | CONTROL_PORTS | NODE_PORTS)
    if has_local_etcd(settings):
        _ports(found, {"etcd": 2379, "etcd (peers)": 2380})
        _programs(found, {"etcd": "etcd-server"})
        local = settings.cluster.etcd.local
        folder = places.chosen(local.data_dir if local else "", ETCD_DATA)
        if folder.is_dir() and any(folder.iterdir()):
            found.error(f"DirAvailable-{_dashed(folder)}", f"{folder} is not empty")
    if settings.ingress:
        _programs(found, {"nginx": "nginx"})
        for port in (80, 443):
            if not machine.is_free(port):
                holder = machine.holder_of(port) or "an unknown process"
                found.warning(f"Port-{port}", f"Port {port} is held by {holder}: Ingresses wait until it is free")
    external = settings.cluster.etcd.external
    for file in (external.ca_file, external.cert_file, external.key_file) if external else ():
        if file and not Path(file).exists():
            found.error(f"ExternalEtcdClientCertificates-{_dashed(Path(file))}", f"{file} doesn't exist")
    for who in ("admin", "super-admin", "kubelet", "controller-manager", "scheduler"):
        _absent(found, places.conf(who))
    _node(found, settings.init.node_registration.cri_socket, str(settings.proxy.get("mode") or "nftables"))


def check_join(places: Places, docker: str, found: Findings, api_port: int = 0) -> None:
    """The checks of `join`; `api_port` is that of a further API server."""
    _privileged(found)
    _ports(found, NODE_PORTS | ({"API server": api_port} | CONTROL_PORTS if api_port else {}))
    for who in ("kubelet", "bootstrap-kubelet"):
        _absent(found, places.conf(who))
    _node(found, docker, "nftables")


def _privileged(found: Findings) -> None:
    if os.geteuid() != 0:
        found.error("IsPrivilegedUser", "user is not running as root")


def _ports(found: Findings, wanted: dict[str, int]) -> None:
    for what, port in wanted.items():
        if not machine.is_free(port):
            holder = machine.holder_of(port)
            held = f", held by {holder}" if holder else ""
            found.error(f"Port-{port}", f"Port {port} is in use ({what}{held})")


def _absent(found: Findings, path: Path) -> None:
    if path.exists():
        found.error(f"FileAvailable-{_dashed(path)}", f"{path} already exists")


def _node(found: Findings, docker: str, proxy_mode: str) -> None:
    programs = {name: machine.PROGRAMS[name] for name in ("ip", "nft", "iptables", "conntrack")}
    if proxy_mode == "ipvs":
        programs |= {"ipvsadm": "ipvsadm", "ipset": "ipset"}
    _programs(found, programs)
    if machine.cni_folder() is None:
        found.error(
            "FileExisting-cni",
            f"the CNI plugins {', '.join(machine.CNI_PLUGINS)} are not in {' or '.join(machine.CNI_FOLDERS)} "
            "(apt-get install containernetworking-plugins)",
        )
    if shutil.which("dockerd", path=_path()) is None and not docker.startswith("tcp://"):
        found.error("FileExisting-dockerd", "dockerd not found in system path (apt-get install docker.io)")
    elif not machine.engine_answers(docker.removeprefix("unix://")) and docker.startswith("unix://"):
        found.error(
            "CRI",
            f"the Docker engine does not answer at {docker}: start it (systemctl start docker), "
            "or say where it is with --cri-socket",
        )
    if _SWAPS.exists() and len(_SWAPS.read_text().splitlines()) > 1:
        found.warning("Swap", "swap is on: Pods may be slow where Kubernetes expects them to be killed (swapoff -a)")


def _programs(found: Findings, programs: dict[str, str]) -> None:
    for program, package in programs.items():
        if shutil.which(program, path=_path()) is None:
            found.error(f"FileExisting-{program}", f"{program} not found in system path (apt-get install {package})")


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin"


def _dashed(path: Path) -> str:
    return str(path).replace("/", "-")
