"""The kubelet of this machine that runs Pods here, found among the processes by its flags."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class Kubelet:
    """A running kubelet: its node, its Docker's endpoint, where its CNI is configured and its plugins are."""

    pid: int
    node: str
    docker: str
    cni_conf: Path
    cni_bin: Path

    def cpu_seconds(self) -> float:
        """The CPU it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def find() -> Kubelet | None:
    """The one in this network namespace; None when none runs."""
    mine = os.readlink("/proc/self/ns/net")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            same = os.readlink(folder / "ns" / "net") == mine
        except OSError:
            continue
        if not same or not any(w == "kubelet" or w.endswith("minik8s-kubelet") for w in words[:3]):
            continue
        flags = dict(w.removeprefix("--").split("=", 1) for w in words if w.startswith("--") and "=" in w)
        if "hostname-override" in flags and "cni-conf-dir" in flags:
            return Kubelet(
                int(folder.name),
                flags["hostname-override"],
                flags.get("docker-endpoint", "unix:///var/run/docker.sock"),
                Path(flags["cni-conf-dir"]),
                Path(flags.get("cni-bin-dir", "/opt/cni/bin").split(",")[0]),
            )
    return None
