"""The machine: what it must have before a cluster starts, what is changed on it, and what was there before."""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from cluster import notes, shell
from cluster.layout import RUN_ROOT, Layout
from cluster.options import ClusterError, Options

PROGRAMS = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "nft": "nftables",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "dockerd": "docker.io",
    "containerd": "containerd",
    "runc": "runc",
}
CNI_FOLDERS = ("/opt/cni/bin", "/usr/lib/cni")
CNI_PLUGINS = ("bridge", "host-local", "loopback")
DOCKER_SOCKET = Path("/var/run/docker.sock")
_PORTS = {"kubelet": 10250, "controller-manager": 10257, "scheduler": 10259, "proxy": 10256}


@contextlib.contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """Hold off other commands that change the same cluster. Raises ClusterError when one is at work."""
    RUN_ROOT.mkdir(parents=True, exist_ok=True)
    path = RUN_ROOT / f".{layout.name}.lock"
    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ClusterError(f"another command is changing cluster {layout.name}: wait until it is done") from None
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                RUN_ROOT.rmdir()


def check_root() -> None:
    """Raises ClusterError for anybody but root."""
    if os.geteuid() != 0:
        raise ClusterError("this needs root: namespaces, rules and Docker belong to it. Run it with sudo.")


def check_programs(options: Options) -> None:
    """Raises ClusterError naming the Debian packages of what is missing."""
    needed = dict(PROGRAMS)
    if options.store == "etcd":
        needed["etcd"] = "etcd-server"
    if options.proxy_mode == "ipvs":
        needed["ipvsadm"] = "ipvsadm"
        needed["ipset"] = "ipset"
    missing = {program: package for program, package in needed.items() if which(program) is None}
    folder = cni_folder()
    if folder is None:
        missing["the CNI plugins " + ", ".join(CNI_PLUGINS)] = "containernetworking-plugins"
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        raise ClusterError(
            f"not installed: {', '.join(missing)}. On Debian: apt-get install {packages} (or run make setup)"
        )


def cni_folder() -> str | None:
    """Where the CNI plugins are."""
    for folder in CNI_FOLDERS:
        if all((Path(folder) / plugin).exists() for plugin in CNI_PLUGINS):
            return folder
    return None


def check_ports(options: Options) -> None:
    """Raises ClusterError when somebody else listens where the cluster would."""
    wanted = {"API server": options.secure_port} | _PORTS
    if options.store == "etcd":
        wanted |= {"etcd": 2379, "etcd (peers)": 2380}
    taken = {name: port for name, port in wanted.items() if not is_free(port)}
    if taken:
        listed = ", ".join(
            f"{port} ({name}; held by {holder_of(port) or 'an unknown process'})" for name, port in taken.items()
        )
        raise ClusterError(
            f"ports in use: {listed}. Stop what listens there"
            + ("" if "API server" not in taken else ", or choose another API port with --secure-port")
        )


def check_addresses(options: Options) -> None:
    """Raises ClusterError when the nodes' or Pods' network is already routed somewhere on this machine."""
    ranges = {"--node-cidr": options.node_cidr, "--pod-cidr": options.pod_cidr, "--service-cidr": options.service_cidr}
    routes = [line.split() for line in shell.run("ip", "-4", "route", "show").splitlines()]
    for words in routes:
        if not words or words[0] in ("default", "unreachable", "blackhole"):
            continue
        try:
            there = ipaddress.ip_network(words[0], strict=False)
        except ValueError:
            continue
        for flag, mine in ranges.items():
            if there.overlaps(ipaddress.ip_network(mine)) and there.prefixlen > 0:
                raise ClusterError(
                    f"the network {mine} overlaps the route {' '.join(words)}: choose another with {flag}"
                )


def docker_is_running() -> bool:
    """Whether a Docker engine answers at the usual place."""
    return engine_answers(str(DOCKER_SOCKET))


def engine_answers(path: str) -> bool:
    """Whether a Docker engine answers at a socket."""
    if not os.path.exists(path):
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        try:
            probe.connect(path)
            probe.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in probe.recv(256)
        except OSError:
            return False


def has_systemd() -> bool:
    """Whether systemd runs this machine."""
    return Path("/run/systemd/system").is_dir()


class Changes:
    """What was changed on the machine, kept in a file until it has been put back."""

    def __init__(self, layout: Layout) -> None:
        self._path = layout.machine
        self.values: dict[str, str] = {}
        self.docker_started = ""
        if (found := notes.read(self._path)) is not None:
            self.values, self.docker_started = found.get("sysctls", {}), found.get("docker_started", "")

    def save(self) -> None:
        """Write them down before they are made."""
        notes.write(self._path, {"sysctls": self.values, "docker_started": self.docker_started})

    def set_sysctls(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Set kernel parameters of this machine, remembering what they were; missing ones are left alone."""
        todo = []
        for name, value in wanted:
            path = _sysctl(name)
            if path.exists() and (before := path.read_text().strip()) != value:
                self.values.setdefault(name, before)
                todo.append((path, value))
        self.save()
        for path, value in todo:
            path.write_text(value)

    def restore(self) -> None:
        """Put everything back."""
        for name, value in self.values.items():
            path = _sysctl(name)
            if path.exists():
                path.write_text(value)
        self.values.clear()
        if self.docker_started == "systemd":
            shell.run("systemctl", "stop", "docker.service", "docker.socket", check=False)
        self.docker_started = ""


def _sysctl(name: str) -> Path:
    return Path("/proc/sys") / name.replace(".", "/")


def which(program: str) -> str | None:
    """Where a program is, the folders of administrators included."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")


def is_free(port: int) -> bool:
    """Whether nobody listens on a TCP port of this network namespace."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
            return True
        except OSError:
            return False


def holder_of(port: int) -> str:
    """Who listens on a TCP port, as `name (pid N)`; "" when that cannot be told."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if words[3] == "0A" and int(words[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{words[9]}]")
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if any(os.readlink(fd) in inodes for fd in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text().strip()} (pid {folder.name})"
        except OSError:
            continue
    return ""
