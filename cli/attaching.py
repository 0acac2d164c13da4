"""Joining a container's main process: when it runs, and what its logs say when it had ended before."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from cli import terminal
from cli.errors import CommandError
from cli.flags import duration
from cli.session import Session
from cli.targets import Target
from cli.waiting import until
from cli.workloads import PODS, default_container
from minik8s.client.errors import ApiError, ConnectionFailed

_LAST_WORDS = 3.0
"""Seconds in which a stream must end once its container has."""


def _status(pod: dict[str, Any], container: str) -> dict[str, Any]:
    status = pod.get("status") or {}
    every = [*(status.get("containerStatuses") or ()), *(status.get("ephemeralContainerStatuses") or ())]
    return next((each for each in every if each["name"] == container), {})


async def started(session: Session, target: Target, container: str, seconds: float) -> dict[str, Any]:
    """Wait until a container of a Pod runs or has ended; the Pod. Raises CommandError."""

    def ready(state: dict[str, Any] | None) -> bool:
        if state is None:
            raise CommandError(f'Error from server (NotFound): pods "{target.name}" not found')
        now = _status(state, container).get("state") or {}
        return "running" in now or "terminated" in now or state["status"].get("phase") in ("Succeeded", "Failed")

    try:
        async with asyncio.timeout(seconds or None):
            found = await until(session, target, ready)
    except TimeoutError:
        raise CommandError("error: timed out waiting for the condition") from None
    assert found is not None
    return found


async def run(session: Session, target: Target, given: dict[str, Any], container: str = "") -> int:
    """Join the container of a new Pod; the exit code is its own where it ends for good."""
    container = container or target.obj["spec"]["containers"][0]["name"]
    pod = await started(session, target, container, duration(given["pod_running_timeout"], "--pod-running-timeout"))
    if "terminated" in (_status(pod, container).get("state") or {}):
        await _logs(session, target, container)
    else:
        if given["stdin"] and not given.get("quiet"):
            session.warn("If you don't see a command prompt, try pressing enter.")
        try:
            if not await _joined(session, target, container, given):
                await _logs(session, target, container)
        except (ApiError, ConnectionFailed) as error:
            if not given.get("quiet"):
                session.warn(f"warning: couldn't attach to pod/{target.name}, falling back to streaming logs: {error}")
            await _logs(session, target, container)
    if pod["spec"].get("restartPolicy") == "Always":
        return 0
    return await _ended(session, target, container)


async def _joined(session: Session, target: Target, container: str, given: dict[str, Any]) -> bool:
    """Join until the container ends; False when the stream hung at its end, as it may when both come at once."""

    def over(state: dict[str, Any] | None) -> bool:
        return state is None or "running" not in (_status(state, container).get("state") or {})

    joined = asyncio.ensure_future(join(session, target, container, given["stdin"], given["tty"]))
    ended = asyncio.ensure_future(until(session, target, over))
    try:
        await asyncio.wait([joined, ended], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait([joined], timeout=_LAST_WORDS)
        if joined.done():
            await joined
        return joined.done()
    finally:
        joined.cancel()
        ended.cancel()
        await asyncio.gather(joined, ended, return_exceptions=True)


async def join(session: Session, target: Target, container: str, stdin: bool, tty: bool) -> int:
    """Couple the terminal with a running container until it ends or hangs up. Raises ApiError, ConnectionFailed."""
    from minik8s.client.streams import attach

    remote = await attach(session.client, target.name, target.namespace, container, stdin, True, not tty, tty)
    async with remote:
        return await terminal.connect(remote, stdin, tty, told=False)


async def _logs(session: Session, target: Target, container: str) -> None:
    path = PODS.path(target.namespace, target.name, "log")
    async for chunk in session.client.stream(
        path, {"container": container, "follow": "true"}, headers={"Accept": "*/*"}
    ):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


async def _ended(session: Session, target: Target, container: str) -> int:
    def over(state: dict[str, Any] | None) -> bool:
        return state is None or state["status"].get("phase") in ("Succeeded", "Failed")

    pod = await until(session, target, over)
    if pod is None:
        raise CommandError(f'Error from server (NotFound): pods "{target.name}" not found')
    if pod["status"].get("phase") == "Succeeded":
        return 0
    ended = (_status(pod, container).get("state") or {}).get("terminated") or {}
    code = int(ended.get("exitCode") or 0)
    if not code:
        raise CommandError(f"error: pod {target.namespace}/{target.name} failed with unknown exit code")
    session.warn(f"pod {target.namespace}/{target.name} terminated ({ended.get('reason', 'Error')})")
    if ended.get("message"):
        session.warn(str(ended["message"]))
    return code


def chosen(session: Session, pod: dict[str, Any], container: str, quiet: bool) -> str:
    """The container asked for, or the default one. Raises CommandError."""
    if not container:
        return default_container(session, pod, quiet)
    parts = ("containers", "ephemeralContainers", "initContainers")
    if not any(each["name"] == container for part in parts for each in pod["spec"].get(part) or ()):
        name = pod["metadata"]["name"]
        raise CommandError(f"Error from server (BadRequest): container {container} is not valid for pod {name}")
    return container
