"""What runs: each process with its age, memory, health and log."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from pathlib import Path

from cluster import control
from cluster.health import Checker
from cluster.layout import Layout
from cluster.options import ClusterError


@dataclasses.dataclass(frozen=True, slots=True)
class ProcessStatus:
    """One process; `memory` is resident bytes, `uptime` seconds, `health` "ok", "" (nothing to ask) or the trouble."""

    name: str
    node: str
    pid: int
    state: str
    uptime: float
    memory: int
    restarts: int
    last_exit: str
    health: str
    log: str

    @property
    def well(self) -> bool:
        """Whether it runs and says nothing bad."""
        return self.state == "running" and self.health in ("", "ok")


async def processes(layout: Layout) -> list[ProcessStatus]:
    """Every process of the cluster, the supervisor first. Raises NotRunning."""
    answer = await asyncio.to_thread(control.ask, layout, op="status")
    entries = answer["processes"]
    running = {e["name"]: e["health"] for e in entries if e["state"] == "running"}
    health = await Checker(layout).ask_all(running)
    now = time.time()
    supervisor = ProcessStatus(
        "supervisor",
        "",
        answer["pid"],
        "running",
        now - started_at(answer["pid"]),
        memory_of(answer["pid"]),
        0,
        "",
        "",
        str(layout.log("supervisor")),
    )
    found = [supervisor]
    for e in entries:
        alive = e["state"] == "running"
        found.append(
            ProcessStatus(
                e["name"],
                e["node"],
                e["pid"],
                e["state"],
                now - e["started_at"] if alive else 0.0,
                memory_of(e["pid"]) if alive else 0,
                e["restarts"],
                e["last_exit"],
                health.get(e["name"], "") if alive else "",
                e["log"],
            )
        )
    return found


def memory_of(pid: int) -> int:
    """Resident memory in bytes; 0 for a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    line = next((line for line in text.splitlines() if line.startswith("VmRSS:")), "VmRSS: 0 kB")
    return int(line.split()[1]) * 1024


def started_at(pid: int) -> float:
    """When a process began, as seconds since the epoch; now for one that is gone."""
    try:
        return Path(f"/proc/{pid}").stat().st_mtime
    except OSError:
        return time.time()


def last_lines(log: str, count: int = 5) -> list[str]:
    """The end of a log."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, Path(log).stat().st_size - 8192))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []


def troubles(found: list[ProcessStatus]) -> str:
    """What is not well, with the end of each log, for an error message."""
    lines = []
    for process in found:
        if process.well:
            continue
        what = process.health or process.last_exit or process.state
        lines.append(f"  {process.name}: {process.state}, {what}; log {process.log}")
        lines += [f"    | {line}" for line in last_lines(process.log)]
    return "\n".join(lines)


def human_bytes(count: int) -> str:
    """Mebibytes."""
    return f"{count / 1048576:.0f} MiB" if count else "-"


def human_age(seconds: float) -> str:
    """As kubectl writes ages."""
    whole = int(seconds)
    if whole < 120:
        return f"{whole}s"
    if whole < 7200:
        return f"{whole // 60}m{whole % 60}s" if whole < 600 else f"{whole // 60}m"
    return f"{whole // 3600}h" if whole < 172800 else f"{whole // 86400}d"


def table(found: list[ProcessStatus]) -> list[list[str]]:
    """Rows for a table, its head first."""
    rows = [["PROCESS", "NODE", "PID", "STATE", "UPTIME", "MEMORY", "RESTARTS", "HEALTH", "LOG"]]
    for p in found:
        restarts = f"{p.restarts} ({p.last_exit})" if p.restarts else "0"
        alive = p.state == "running"
        rows.append(
            [
                p.name,
                p.node or "-",
                str(p.pid) if p.pid else "-",
                p.state,
                human_age(p.uptime) if alive else "-",
                human_bytes(p.memory),
                restarts,
                p.health or "-",
                p.log,
            ]
        )
    return rows


async def require_running(layout: Layout) -> None:
    """Raises ClusterError when the cluster does not run."""
    if not await asyncio.to_thread(control.is_running, layout):
        raise ClusterError(f"cluster {layout.name} is not running (minik8s up starts it)")
