"""What is mounted where, as the kernel tells it (proc_pid_mountinfo(5))."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

_ESCAPED = re.compile(rb"\\([0-7]{3})")


class Mount(NamedTuple):
    """A mount: its place, with bytes that are no UTF-8 as `os.fsdecode` gives them, and whether it is shared."""

    place: str
    shared: bool


def mounts(table: str = "/proc/self/mountinfo") -> list[Mount]:
    """All mounts, the topmost last."""
    found = []
    for line in Path(table).read_bytes().split(b"\n"):
        if line:
            fields = line.split(b" ")
            # Blanks, newlines and backslashes are written as octal numbers, all else as it is.
            place = os.fsdecode(_ESCAPED.sub(lambda code: bytes([int(code[1], 8)]), fields[4]))
            options = fields[6 : fields.index(b"-", 6)]
            found.append(Mount(place, any(option.startswith(b"shared:") for option in options)))
    return found
