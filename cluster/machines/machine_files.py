"""The files of a machine that any role needs, and the kernel parameters of its network."""

from __future__ import annotations

from typing import Any

from cluster.lan import MACHINE_SYSCTLS
from cluster.machines import files
from cluster.machines.kinds import Taint
from cluster.machines.places import Places
from cluster.machines.record import Record
from cluster.machines.settings import own_kubelet


def prepare(
    places: Places,
    record: Record,
    kubelet: dict[str, Any],
    proxy: dict[str, Any],
    taints: list[Taint],
) -> None:
    """Write the kubelet's and the proxy's configuration, make the folders, let packets be forwarded."""
    for folder in (places.manifests, places.cni_conf, places.cni_data, places.layout.run, places.layout.logs):
        record.make(folder)
    record.make(places.kubelet / "pki", 0o700)
    record.save(places)
    record.set_sysctls(places, MACHINE_SYSCTLS)
    document = own_kubelet(kubelet, places, taints, record.cgroup_root)
    places.kubelet_config.write_text(files.dump(document))
    if proxy:
        places.proxy_config.write_text(files.dump(proxy))
