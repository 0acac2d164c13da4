"""What Docker says, in the kubelet's own words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kubelet.runtime.types import Details, Event, Image, Record, State
from minik8s.machinery.times import TimeError, parse_time

_RUNNING = ("running", "paused", "restarting", "removing")


def moment(text: str) -> datetime | None:
    """A time of Docker's; None for its zero."""
    if not text or text.startswith("0001-"):
        return None
    try:
        return parse_time(text)
    except TimeError:
        return None


def record_of(item: Mapping[str, Any]) -> Record:
    """One entry of a list of containers."""
    said = str(item.get("State", ""))
    state = State.RUNNING if said in _RUNNING else State.CREATED if said == "created" else State.EXITED
    return Record(
        str(item["Id"]),
        state,
        dict(item.get("Labels") or {}),
        str(item.get("Image", "")),
        str(item.get("ImageID", "")),
        float(item.get("Created") or 0),
    )


def details_of(found: Mapping[str, Any]) -> Details:
    """An inspected container."""
    said, config, host = found["State"], found["Config"], found.get("HostConfig") or {}
    running = bool(said.get("Running"))
    started = moment(said.get("StartedAt", ""))
    never = not running and started is None
    # A container that could not be started stays "created", with the reason.
    failed = never and bool(said.get("Error"))
    state = State.RUNNING if running else State.CREATED if never and not failed else State.EXITED
    network = found.get("NetworkSettings") or {}
    return Details(
        id=str(found["Id"]),
        state=state,
        labels=dict(config.get("Labels") or {}),
        image=str(config.get("Image", "")),
        image_id=str(found.get("Image", "")),
        pid=int(said.get("Pid") or 0) if running else 0,
        exit_code=int(said.get("ExitCode") or 0),
        oom_killed=bool(said.get("OOMKilled")),
        error=str(said.get("Error") or ""),
        created_at=moment(found.get("Created", "")),
        started_at=started,
        finished_at=moment(said.get("FinishedAt", "")),
        netns=str(network.get("SandboxKey") or "") if running else "",
        log_path=str(found.get("LogPath") or ""),
        writable=str(((found.get("GraphDriver") or {}).get("Data") or {}).get("UpperDir") or ""),
        tty=bool(config.get("Tty")),
        cgroup_parent=str(host.get("CgroupParent") or ""),
        mounts={str(m.get("Destination")): str(m.get("Source")) for m in found.get("Mounts") or ()},
    )


def event_of(found: Mapping[str, Any]) -> Event:
    """One event; what was executed in a container stands behind a colon and is left out."""
    actor = found.get("Actor") or {}
    kind = str(found.get("Action") or found.get("status") or "").partition(":")[0]
    return Event(kind, str(actor.get("ID") or found.get("id") or ""), dict(actor.get("Attributes") or {}))


def image_of(found: Mapping[str, Any]) -> Image:
    """An inspected image."""
    created = moment(str(found.get("Created") or ""))
    return Image(
        str(found["Id"]),
        tuple(found.get("RepoTags") or ()),
        tuple(found.get("RepoDigests") or ()),
        int(found.get("Size") or 0),
        str((found.get("Config") or {}).get("User") or ""),
        (created or datetime.fromtimestamp(0, UTC)).timestamp(),
    )


def listed_image(item: Mapping[str, Any]) -> Image:
    """One entry of a list of images."""
    tags = tuple(t for t in item.get("RepoTags") or () if t != "<none>:<none>")
    digests = tuple(d for d in item.get("RepoDigests") or () if not d.startswith("<none>"))
    return Image(str(item["Id"]), tags, digests, int(item.get("Size") or 0), "", float(item.get("Created") or 0))
