"""Which Kubernetes this server is, as `/version` tells it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from functools import cache

import msgspec

from minik8s.machinery.times import format_time

MAJOR, MINOR = "1", "36"
GIT_VERSION = "v1.36.0+minik8s"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@cache
def document() -> bytes:
    """The body of `/version`."""
    machine = platform.machine()
    installed = datetime.fromtimestamp(os.path.getmtime(__file__), UTC)
    return msgspec.json.encode(
        {
            "major": MAJOR,
            "minor": MINOR,
            "emulationMajor": MAJOR,
            "emulationMinor": MINOR,
            "minCompatibilityMajor": MAJOR,
            "minCompatibilityMinor": str(int(MINOR) - 1),
            "gitVersion": GIT_VERSION,
            "gitCommit": "",
            "gitTreeState": "clean",
            "buildDate": format_time(installed),
            "goVersion": f"python{platform.python_version()}",
            "compiler": platform.python_implementation().lower(),
            "platform": f"{platform.system().lower()}/{_MACHINES.get(machine, machine)}",
        }
    )
