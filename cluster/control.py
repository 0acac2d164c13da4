"""Talking to a cluster's supervisor, and starting it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

from cluster import notes
from cluster.layout import Layout
from cluster.options import ClusterError
from cluster.processes import environment
from cluster.specs import Spec


class NotRunning(ClusterError):
    """No supervisor answers."""


def ask(layout: Layout, timeout: float = 60, **request: Any) -> dict[str, Any]:
    """One request. Raises NotRunning, ClusterError."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect(str(layout.supervisor_socket))
            connection.sendall(json.dumps(request).encode() + b"\n")
            received = b""
            while not received.endswith(b"\n"):
                piece = connection.recv(1 << 16)
                if not piece:
                    raise NotRunning(f"the supervisor of cluster {layout.name} ended")
                received += piece
        except TimeoutError:
            raise ClusterError(f"the supervisor of cluster {layout.name} did not answer within {timeout:g} s") from None
        except OSError:
            raise NotRunning(f"cluster {layout.name} is not running") from None
    answer: dict[str, Any] = json.loads(received)
    if not answer.get("ok"):
        raise ClusterError(str(answer.get("error", "the supervisor refused")))
    return answer


def is_running(layout: Layout) -> bool:
    """Whether the supervisor answers."""
    try:
        ask(layout, timeout=5, op="status")
        return True
    except ClusterError:
        return False


def start(layout: Layout, specs: Iterable[Spec]) -> None:
    """Start the supervisor with these processes. Raises ClusterError when it does not come up."""
    layout.run.mkdir(parents=True, exist_ok=True)
    layout.logs.mkdir(parents=True, exist_ok=True)
    notes.write(layout.processes, [spec.to_json() for spec in specs])
    log = layout.log("supervisor")
    with open(log, "ab") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "cluster.supervise", str(layout.run)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=dict(os.environ) | environment(),
            start_new_session=True,
        )
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if is_running(layout):
            return
        if child.poll() is not None:
            break
        time.sleep(0.02)
    raise ClusterError(f"the supervisor did not start; see {log}")


def wait_gone(layout: Layout, timeout: float = 60) -> None:
    """Wait until the supervisor has ended. Raises ClusterError."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if not layout.supervisor_socket.exists() or not is_running(layout):
            return
        time.sleep(0.02)
    raise ClusterError(f"the supervisor of cluster {layout.name} does not end")
