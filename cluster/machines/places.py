"""Where everything of one machine is, as kubeadm lays it out. Pure names, nothing is touched.

`root` is put before every path, so that several machines (network namespaces of one computer, or tests) can have
their own; it is `/` on a real machine.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from cluster.layout import Layout
from cluster.options import MACHINE

CERTIFICATES = "/etc/kubernetes/pki"
MANIFESTS = "/etc/kubernetes/manifests"
ETCD_DATA = "/var/lib/etcd"


@dataclasses.dataclass(frozen=True, slots=True)
class Places:
    """The places of the machine whose files are below `root`; `certificates` is `certificatesDir` of the cluster."""

    root: Path = Path("/")
    certificates: str = ""

    def under(self, path: str) -> Path:
        """A path of this machine."""
        return self.root / path.lstrip("/")

    def chosen(self, path: str, default: str) -> Path:
        """A folder the configuration names: the default one is this machine's, any other is where it says."""
        return self.under(default) if not path or path == default else Path(path)

    @property
    def is_computer(self) -> bool:
        """Whether this is the computer itself and not one of several machines on it."""
        return self.root == Path("/")

    @property
    def kubernetes(self) -> Path:
        """kubeconfig files, keys, static Pods."""
        return self.under("/etc/kubernetes")

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.chosen(self.certificates, CERTIFICATES)

    @property
    def manifests(self) -> Path:
        """Static Pods."""
        return self.under(MANIFESTS)

    def conf(self, who: str) -> Path:
        """A kubeconfig file: admin, super-admin, kubelet, bootstrap-kubelet, or a daemon of the control plane."""
        return self.kubernetes / f"{who}.conf"

    @property
    def kubelet(self) -> Path:
        """The kubelet's `--root-dir`: its configuration, certificates, volumes."""
        return self.under("/var/lib/kubelet")

    @property
    def kubelet_config(self) -> Path:
        """The KubeletConfiguration of this machine."""
        return self.kubelet / "config.yaml"

    @property
    def kubelet_client(self) -> Path:
        """The kubelet's client certificate and key."""
        return self.kubelet / "pki" / "kubelet-client-current.pem"

    @property
    def cni_conf(self) -> Path:
        """CNI configurations."""
        return self.under("/etc/cni/net.d")

    @property
    def state(self) -> Path:
        """What else outlives a reboot: the record of what was done here, SQLite's file, CNI's addresses."""
        return self.layout.state

    @property
    def record(self) -> Path:
        """What this machine is and what was changed on it."""
        return self.state / "machine.json"

    @property
    def cni_data(self) -> Path:
        """The addresses CNI gave away."""
        return self.state / "cni"

    @property
    def serving(self) -> Path:
        """Serving certificates of the controller manager and the scheduler."""
        return self.state / "serving"

    @property
    def sqlite(self) -> Path:
        """The object store where there is no etcd."""
        return self.state / "store" / "minik8s.db"

    @property
    def proxy_config(self) -> Path:
        """The KubeProxyConfiguration of this machine."""
        return self.state / "kube-proxy.yaml"

    @property
    def layout(self) -> Layout:
        """Where our own supervisor has its files, socket and logs."""
        return Layout(
            MACHINE, self.under("/var/lib/minik8s"), self.under("/run/minik8s"), self.under("/var/log/minik8s")
        )
