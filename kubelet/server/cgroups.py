"""What a cgroup used, from its files, in either version of cgroups."""

from __future__ import annotations

import dataclasses
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """Totals since the cgroup was made, and what it holds now. CPU in nanoseconds, memory in bytes.

    `limit` is 0 without one, and so is `swap_limit`; `working_set` is what cannot be dropped at once.
    """

    cpu: int = 0
    memory: int = 0
    working_set: int = 0
    rss: int = 0
    cache: int = 0
    limit: int = 0
    page_faults: int = 0
    major_page_faults: int = 0
    processes: int = 0
    periods: int = 0
    throttled_periods: int = 0
    throttled_time: int = 0
    swap: int = 0
    swap_limit: int = 0


def is_unified(root: Path = ROOT) -> bool:
    """Whether cgroups of version 2 are mounted."""
    return (root / "cgroup.controllers").exists()


def path_of(pid: int, proc: Path = Path("/proc")) -> str:
    """The cgroup of a process, "" when it is gone: where an engine has ways of its own to name cgroups."""
    try:
        lines = (proc / str(pid) / "cgroup").read_text().splitlines()
    except OSError:
        return ""
    places = {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}
    found = next((path for controllers, path in places.items() if "memory" in controllers.split(",")), "")
    return found or places.get("", "")


def read(path: str, root: Path = ROOT) -> Usage | None:
    """The usage of a cgroup given by its path below each controller's mount; None when it is gone."""
    below = path.strip("/")
    if is_unified(root):
        return _unified(root / below)
    return _legacy(root, below)


def _unified(folder: Path) -> Usage | None:
    cpu = _table(folder / "cpu.stat")
    current = _number(folder / "memory.current")
    if not cpu and current is None:
        return None
    stat = _table(folder / "memory.stat")
    memory = current or 0
    limit = _number(folder / "memory.max") or 0
    return Usage(
        cpu=cpu.get("usage_usec", 0) * 1000,
        memory=memory,
        working_set=max(memory - stat.get("inactive_file", 0), 0),
        rss=stat.get("anon", 0),
        cache=stat.get("file", 0),
        limit=_limit(limit),
        page_faults=stat.get("pgfault", 0),
        major_page_faults=stat.get("pgmajfault", 0),
        processes=_number(folder / "pids.current") or 0,
        periods=cpu.get("nr_periods", 0),
        throttled_periods=cpu.get("nr_throttled", 0),
        throttled_time=cpu.get("throttled_usec", 0) * 1000,
        swap=_number(folder / "memory.swap.current") or 0,
        swap_limit=_limit(_number(folder / "memory.swap.max")),
    )


def _legacy(root: Path, below: str) -> Usage | None:
    cpu = _number(root / "cpuacct" / below / "cpuacct.usage")
    current = _number(root / "memory" / below / "memory.usage_in_bytes")
    if cpu is None and current is None:
        return None
    stat = _table(root / "memory" / below / "memory.stat")
    quota = _table(root / "cpu" / below / "cpu.stat")
    memory = current or 0
    limit = _number(root / "memory" / below / "memory.limit_in_bytes") or 0
    return Usage(
        cpu=cpu or 0,
        memory=memory,
        working_set=max(memory - stat.get("total_inactive_file", 0), 0),
        rss=stat.get("total_rss", 0),
        cache=stat.get("total_cache", 0),
        limit=_limit(limit),
        page_faults=stat.get("total_pgfault", 0),
        major_page_faults=stat.get("total_pgmajfault", 0),
        processes=_number(root / "pids" / below / "pids.current") or 0,
        periods=quota.get("nr_periods", 0),
        throttled_periods=quota.get("nr_throttled", 0),
        throttled_time=quota.get("throttled_time", 0),
        swap=stat.get("total_swap", 0),
        # Version 1 limits memory and swap together.
        swap_limit=max(_limit(_number(root / "memory" / below / "memory.memsw.limit_in_bytes")) - _limit(limit), 0),
    )


def _limit(number: int | None) -> int:
    return number if number is not None and number < _UNLIMITED else 0


def _number(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None


def _table(path: Path) -> dict[str, int]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.split() for line in lines)
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}
