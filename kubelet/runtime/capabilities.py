"""Which capabilities this machine has to give: some virtual machines keep a few back."""

from __future__ import annotations

import contextlib

NAMES = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
)  # fmt: skip
"""By their numbers in the kernel, as far as every Docker Engine knows them."""


def limited_capabilities(status: str = "/proc/self/status") -> tuple[str, ...] | None:
    """The capabilities in our bounding set, judged by which the engine's is the same; None when none is missing."""
    with contextlib.suppress(OSError), open(status) as table:
        for line in table:
            if line.startswith("CapBnd:"):
                mask = int(line.split()[1], 16)
                held = tuple(name for number, name in enumerate(NAMES) if mask >> number & 1)
                return None if len(held) == len(NAMES) else held
    return None
