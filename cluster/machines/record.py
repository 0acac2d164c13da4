"""What this machine is in a cluster and what was changed on it: written before each change, read by reset."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from cluster import notes
from cluster.machines.places import Places

CONTROL_PLANE, WORKER = "control-plane", "worker"


@dataclasses.dataclass(slots=True)
class Record:
    """One machine.

    `made` are folders that were not there before, `sysctls` what kernel parameters were before,
    `tables` which nftables tables there were.
    """

    role: str
    node: str
    docker: str
    cgroup_root: str = ""
    certificates: str = ""
    etcd_data: str = ""
    etcd_peer: str = ""
    etcd_addresses: list[str] = dataclasses.field(default_factory=list)
    cni_folder: str = ""
    systemd: bool = False
    units: list[str] = dataclasses.field(default_factory=list)
    tables: list[str] = dataclasses.field(default_factory=list)
    made: list[str] = dataclasses.field(default_factory=list)
    sysctls: dict[str, str] = dataclasses.field(default_factory=dict)

    def save(self, places: Places) -> None:
        """Write it down."""
        self.make(places.state)
        notes.write(places.record, dataclasses.asdict(self))

    def make(self, folder: Path, mode: int = 0o755) -> None:
        """Make a folder with all above it, remembering those that were not there."""
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        for one in reversed(missing):
            one.mkdir(mode=mode, exist_ok=True)
            if str(one) not in self.made:
                self.made.append(str(one))

    def set_sysctls(self, places: Places, wanted: Iterable[tuple[str, str]]) -> None:
        """Set kernel parameters, remembering what they were; those this kernel does not have are left alone."""
        todo = []
        for name, value in wanted:
            path = _sysctl(name)
            if path.exists() and (before := path.read_text().strip()) != value:
                self.sysctls.setdefault(name, before)
                todo.append((path, value))
        self.save(places)
        for path, value in todo:
            path.write_text(value)

    def restore_sysctls(self) -> None:
        """Put kernel parameters back."""
        for name, value in self.sysctls.items():
            path = _sysctl(name)
            if path.exists():
                path.write_text(value)
        self.sysctls.clear()


def load(places: Places) -> Record | None:
    """What was written down; None when this machine is in no cluster. Raises ClusterError."""
    found = notes.read(places.record)
    if found is None:
        return None
    known = {field.name for field in dataclasses.fields(Record)}
    return Record(**{key: value for key, value in found.items() if key in known})


def _sysctl(name: str) -> Path:
    return Path("/proc/sys") / name.replace(".", "/")
