"""Who keeps the daemons running: systemd where it runs this machine, our own supervisor elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from cluster import control, machine, shell
from cluster.machines import units
from cluster.machines.places import Places
from cluster.machines.record import Record
from cluster.options import ClusterError
from cluster.specs import Spec
from cluster.status import last_lines
from cluster.supervise import end_orphans


def by_systemd(places: Places) -> bool:
    """Whether systemd is to keep them: it knows one set of units, so not for one of several machines on a computer."""
    return places.is_computer and machine.has_systemd()


def start(places: Places, record: Record, specs: Sequence[Spec]) -> None:
    """Start the daemons and keep them running. Raises ClusterError."""
    if not record.systemd:
        control.start(places.layout, specs)
        return
    record.make(places.layout.logs)
    record.units = [units.name_of(spec) for spec in specs]
    record.save(places)
    for spec in specs:
        (units.FOLDER / units.name_of(spec)).write_text(units.unit(spec))
    shell.run("systemctl", "daemon-reload")
    shell.run("systemctl", "enable", "--quiet", *record.units)
    # Not waited for: those of the node wait for the certificate that is about to be asked for.
    shell.run("systemctl", "start", "--no-block", *record.units)


def restart(places: Places, record: Record, names: Sequence[str]) -> None:
    """Start daemons anew; those that do not run here are left out. Raises ClusterError."""
    if record.systemd:
        mine = [f"minik8s-{name}.service" for name in names if f"minik8s-{name}.service" in record.units]
        shell.run("systemctl", "restart", *mine, timeout=120)
        return
    there = {process["name"] for process in control.ask(places.layout, op="status")["processes"]}
    control.ask(places.layout, op="restart", names=[name for name in names if name in there])


def stop(places: Places, record: Record | None) -> None:
    """End every daemon of this machine; they do not come back."""
    if record is not None and record.units:
        shell.run("systemctl", "disable", "--now", "--quiet", *record.units, check=False, timeout=120)
        for name in record.units:
            (units.FOLDER / name).unlink(missing_ok=True)
        shell.run("systemctl", "daemon-reload", check=False)
        shell.run("systemctl", "reset-failed", *record.units, check=False)
        return
    if control.is_running(places.layout):
        with contextlib.suppress(control.NotRunning):
            control.ask(places.layout, op="shutdown")
        control.wait_gone(places.layout)
    end_orphans(places.layout.run / "children.json")


def troubles(places: Places, record: Record) -> str:
    """What does not run, with the end of its log, for an error message; "" when all do."""
    lines: list[str] = []
    if record.systemd:
        for name in record.units:
            state = shell.run("systemctl", "is-active", name, check=False).strip()
            if state != "active":
                lines.append(f"  {name}: {state}")
                said = shell.run("journalctl", "--unit", name, "--lines=5", "--output=cat", check=False)
                lines += [f"    | {line}" for line in said.splitlines()]
        return "\n".join(lines)
    try:
        found = control.ask(places.layout, op="status")["processes"]
    except ClusterError:
        # Not started yet: then what went wrong is not theirs.
        return ""
    for process in found:
        if process["state"] == "running" and not process["restarts"]:
            continue
        lines.append(f"  {process['name']}: {process['state']}, {process['last_exit']}; log {process['log']}")
        lines += [f"    | {line}" for line in last_lines(process["log"])]
    return "\n".join(lines)
