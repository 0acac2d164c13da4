"""The CNI configuration of a node, written so that a reader sees the old one or the new one and nothing between."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

FILE = "10-minik8s.conflist"
BRIDGE = "cni0"


def conflist(pod_cidr: str, mtu: int = 0, data_dir: str = "", bridge: str = BRIDGE) -> dict[str, Any]:
    """A bridge with the node as gateway, addresses from the node's Pod network, host ports, and loopback."""
    ipam: dict[str, Any] = {"type": "host-local", "ranges": [[{"subnet": pod_cidr}]]}
    if data_dir:
        ipam["dataDir"] = data_dir
    wire: dict[str, Any] = {
        "type": "bridge",
        "bridge": bridge,
        "isGateway": True,
        "isDefaultGateway": True,
        "hairpinMode": True,
        "ipMasq": False,
        "ipam": ipam,
    }
    if mtu:
        wire["mtu"] = mtu
    ports = {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True}
    return {"cniVersion": "0.4.0", "name": "minik8s", "plugins": [wire, ports, {"type": "loopback"}]}


def write(folder: Path, document: dict[str, Any]) -> bool:
    """Write the configuration if it differs; returns whether it did. Raises OSError."""
    text = json.dumps(document, indent=2) + "\n"
    path = folder / FILE
    with contextlib.suppress(FileNotFoundError):
        if path.read_text() == text:
            return False
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".minik8s-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return True


def remove(folder: Path) -> None:
    """Take the configuration away."""
    (folder / FILE).unlink(missing_ok=True)
