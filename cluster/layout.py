"""Where everything of one cluster is: folders, sockets, namespaces, addresses. Pure names, nothing is touched."""

from __future__ import annotations

import dataclasses
import ipaddress
from pathlib import Path

from cluster.options import Options

STATE_ROOT = Path("/var/lib/minik8s")
RUN_ROOT = Path("/run/minik8s")
LOG_ROOT = Path("/var/log/minik8s")
NETNS = Path("/run/netns")


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """The places of the cluster called `name`."""

    name: str
    state_root: Path = STATE_ROOT
    run_root: Path = RUN_ROOT
    log_root: Path = LOG_ROOT

    @property
    def state(self) -> Path:
        """What outlives a reboot."""
        return self.state_root / self.name

    @property
    def run(self) -> Path:
        """Sockets and pid files."""
        return self.run_root / self.name

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.log_root / self.name

    @property
    def options(self) -> Path:
        """The options the cluster was made with."""
        return self.state / "cluster.json"

    @property
    def pki(self) -> Path:
        """Keys and certificates, as kubeadm lays them out."""
        return self.state / "pki"

    @property
    def conf(self) -> Path:
        """kubeconfig files of the daemons."""
        return self.state / "conf"

    @property
    def store(self) -> Path:
        """The object store's folder: what `--keep-data` keeps."""
        return self.state / "store"

    @property
    def machine(self) -> Path:
        """What was changed on this machine, to be put back."""
        return self.run / "machine.json"

    @property
    def supervisor_socket(self) -> Path:
        """Where the supervisor listens."""
        return self.run / "supervisor.sock"

    @property
    def processes(self) -> Path:
        """What the supervisor is to run."""
        return self.run / "processes.json"

    @property
    def containerd_socket(self) -> Path:
        """The containerd that the nodes' Docker engines share."""
        return self.run / "containerd.sock"

    @property
    def lan_namespace(self) -> str:
        """The network namespace of the switch between the nodes."""
        return f"{self.name}-lan"

    @property
    def lan_device(self) -> str:
        """This machine's end of the cable to that switch."""
        return f"{self.name}0"

    def kubeconfig(self, who: str) -> Path:
        """The kubeconfig file of a daemon or administrator."""
        return self.conf / f"{who}.conf"

    def log(self, process: str) -> Path:
        """The log file of a process."""
        return self.logs / f"{process}.log"


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """One node: `index` 0 is the machine itself, each further one a network namespace with its own Docker engine."""

    layout: Layout
    index: int
    address: str

    @property
    def name(self) -> str:
        """The node's name in the cluster."""
        return f"{self.layout.name}-{self.index + 1}"

    @property
    def is_machine(self) -> bool:
        """Whether this is the machine itself."""
        return self.index == 0

    @property
    def namespace(self) -> str:
        """Its network namespace; "" for the machine's own."""
        return "" if self.is_machine else self.name

    @property
    def netns(self) -> str:
        """The namespace's file; "" for the machine's own."""
        return "" if self.is_machine else str(NETNS / self.namespace)

    @property
    def cable(self) -> str:
        """The name of the switch's port that leads to the node."""
        return f"port{self.index + 1}"

    @property
    def state(self) -> Path:
        """What the node keeps: images, volumes."""
        return self.layout.state / "nodes" / self.name

    @property
    def run(self) -> Path:
        """Its sockets and pid files."""
        return self.layout.run / "nodes" / self.name

    @property
    def kubelet_root(self) -> Path:
        """The kubelet's `--root-dir`."""
        return self.state / "kubelet"

    @property
    def docker_socket(self) -> Path:
        """Where a Docker engine of its own listens."""
        return self.run / "docker.sock"

    @property
    def cni_conf(self) -> Path:
        """The CNI configuration folder: each node has its own, for they share one file system."""
        return self.run / "cni" / "net.d"

    @property
    def cni_data(self) -> Path:
        """Where the CNI address plugin keeps what it gave away."""
        return self.run / "cni" / "data"


def nodes(layout: Layout, options: Options) -> list[Node]:
    """All nodes, the machine first."""
    network = ipaddress.ip_network(options.node_cidr)
    return [Node(layout, i, str(network[11 + i])) for i in range(options.nodes)]
