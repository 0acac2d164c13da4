"""What the user chose for a cluster; kept beside it, so that later commands know."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from cluster import notes
from cluster.notes import ClusterError

__all__ = ["ClusterError", "Options"]

DEFAULT_NAME = "minik8s"
STORES = ("sqlite", "etcd")
PROXY_MODES = ("nftables", "iptables", "ipvs")
MACHINE = "machine"
"""The name under which a machine of a cluster of several keeps its files: no cluster of one machine has it."""
_NAME = re.compile(r"^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$")
MAX_NODES = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """The shape of a cluster. `nodes` counts the machine itself; `hollow_nodes` run nothing."""

    name: str = DEFAULT_NAME
    nodes: int = 3
    store: str = "sqlite"
    proxy_mode: str = "nftables"
    hollow_nodes: int = 0
    secure_port: int = 6443
    pod_cidr: str = "10.244.0.0/16"
    service_cidr: str = "10.96.0.0/12"
    node_cidr: str = "10.245.0.0/24"
    dns_ip: str = "10.96.0.10"
    cluster_domain: str = "cluster.local"
    verbosity: int = 2
    ingress: bool = True
    ingress_http_port: int = 80
    ingress_https_port: int = 443

    def check(self) -> None:
        """Raises ClusterError for a choice that cannot be."""
        if self.name == MACHINE:
            raise ClusterError(f"the name {MACHINE!r} is taken: it is that of machines made by init and join")
        if not _NAME.match(self.name):
            raise ClusterError(
                f"the name {self.name!r} cannot be used: lower case letters, digits and '-', "
                "beginning with a letter, at most 12 characters"
            )
        if not 1 <= self.nodes <= MAX_NODES:
            raise ClusterError(f"--nodes must be between 1 and {MAX_NODES}, not {self.nodes}")
        for port in (self.ingress_http_port, self.ingress_https_port):
            if not 0 <= port <= 65535:
                raise ClusterError(f"ports of Ingresses are 1 to 65535, or 0 for none, not {port}")
        if self.ingress and self.ingress_http_port == self.ingress_https_port:
            raise ClusterError("--ingress-http-port and --ingress-https-port must differ (or --no-ingress)")
        if self.hollow_nodes < 0:
            raise ClusterError("--hollow-nodes cannot be negative")
        for flag, value, known in (("--store", self.store, STORES), ("--proxy-mode", self.proxy_mode, PROXY_MODES)):
            if value not in known:
                raise ClusterError(f"{flag} must be one of {', '.join(known)}, not {value!r}")

    def save(self, path: Path) -> None:
        """Write them down."""
        notes.write(path, dataclasses.asdict(self))

    @classmethod
    def load(cls, path: Path) -> Options | None:
        """What was written down; None when nothing was. Unknown entries are ignored. Raises ClusterError."""
        found = notes.read(path)
        if found is None:
            return None
        known = {field.name: found[field.name] for field in dataclasses.fields(cls) if field.name in found}
        for name, value in known.items():
            if type(value) is not type(getattr(cls(), name)):
                raise notes.damaged(path, f"{name} cannot be {value!r}")
        return cls(**known)
