"""As whom a container's process runs, as the kernel says."""

from __future__ import annotations

from pathlib import Path

from minik8s.api.core_v1 import ContainerUser, LinuxContainerUser

PROC = Path("/proc")


def user_of(pid: int, proc: Path = PROC) -> ContainerUser | None:
    """User, group and further groups of a process; None when it is gone."""
    fields: dict[str, list[int]] = {}
    try:
        for line in (proc / str(pid) / "status").read_text().splitlines():
            name, _, text = line.partition(":")
            if name in ("Uid", "Gid", "Groups"):
                fields[name] = [int(word) for word in text.split()]
        return ContainerUser(
            linux=LinuxContainerUser(
                uid=fields["Uid"][0], gid=fields["Gid"][0], supplemental_groups=sorted(fields["Groups"])
            )
        )
    except (OSError, KeyError, IndexError, ValueError):
        return None
