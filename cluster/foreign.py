"""The command lines of programs that are not ours: container engines and etcd."""

from __future__ import annotations

from pathlib import Path

from cluster.layout import Layout, Node
from cluster.specs import Spec
from cluster.stages import STAGE_ENGINE, STAGE_STORE


def containerd(layout: Layout) -> Spec:
    """The containerd all our Docker engines share."""
    return Spec(
        "containerd",
        ["containerd", "--config", str(layout.run / "containerd.toml"), "--log-level", "warn"],
        str(layout.log("containerd")),
        stage=STAGE_STORE,
        stop_seconds=20,
    )


def containerd_config(layout: Layout) -> str:
    """Its configuration file."""
    return (
        "version = 2\n"
        f'root = "{layout.state}/containerd"\n'
        f'state = "{layout.run}/containerd"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper", '
        '"io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", '
        '"io.containerd.snapshotter.v1.aufs"]\n'
        "[grpc]\n"
        f'  address = "{layout.containerd_socket}"\n'
    )


def dockerd(layout: Layout, node: Node, data: Path, execute: Path, socket: Path) -> Spec:
    """A node's Docker engine: it wires nothing itself, CNI does."""
    argv = [
        "dockerd",
        f"--data-root={data}",
        f"--exec-root={execute}",
        f"--pidfile={node.run}/dockerd.pid",
        f"--host=unix://{socket}",
        "--bridge=none",
        "--iptables=false",
        "--ip6tables=false",
        "--ip-forward=false",
        "--live-restore",
        f"--cgroup-parent=/{layout.name}/{node.name}/docker",
        f"--containerd={layout.containerd_socket}",
        f"--containerd-namespace={node.name}",
        f"--containerd-plugins-namespace={node.name}-plugins",
        "--log-level=warn",
    ]
    name = f"dockerd-{node.name}"
    return Spec(
        name,
        argv,
        str(layout.log(name)),
        stage=STAGE_ENGINE,
        node=node.name,
        netns=node.netns,
        needs=[str(layout.containerd_socket)],
        health=f"unix://{socket}",
        stop_seconds=20,
    )


def node_dockerd(layout: Layout, node: Node) -> Spec:
    """The engine of a node that is not the machine itself."""
    return dockerd(layout, node, node.state / "docker", node.run / "docker", node.docker_socket)


def etcd(layout: Layout) -> Spec:
    """One etcd member on this machine, TLS on every port."""
    pki = layout.pki / "etcd"
    flags = {
        "name": layout.name,
        "data-dir": layout.store / "etcd",
        "listen-client-urls": "https://127.0.0.1:2379",
        "advertise-client-urls": "https://127.0.0.1:2379",
        "listen-peer-urls": "https://127.0.0.1:2380",
        "initial-advertise-peer-urls": "https://127.0.0.1:2380",
        "initial-cluster": f"{layout.name}=https://127.0.0.1:2380",
        "cert-file": pki / "server.crt",
        "key-file": pki / "server.key",
        "client-cert-auth": "true",
        "trusted-ca-file": pki / "ca.crt",
        "peer-cert-file": pki / "peer.crt",
        "peer-key-file": pki / "peer.key",
        "peer-client-cert-auth": "true",
        "peer-trusted-ca-file": pki / "ca.crt",
        "logger": "zap",
        "log-level": "warn",
        "snapshot-count": 10000,
    }
    argv = ["etcd", *(f"--{flag}={value}" for flag, value in flags.items())]
    return Spec(
        "etcd",
        argv,
        str(layout.log("etcd")),
        stage=STAGE_STORE,
        health="https://127.0.0.1:2379/health",
        env={"ETCD_UNSUPPORTED_ARCH": ""},
    )
