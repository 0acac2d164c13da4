"""Stops one container: its hook, its signal, its time, its end."""

from __future__ import annotations

import asyncio

import structlog

from kubelet.pods.declared import AnyContainer, full_name
from kubelet.pods.hooks import HookFailed, run_hook
from kubelet.pods.observed import Instance
from kubelet.pods.state import PodState
from kubelet.runtime.types import NotFoundInRuntime, RuntimeFailure

log = structlog.get_logger("killer")

MIN_GRACE = 2.0
"""What a container gets after its hook used up all the time."""


def begin(state: PodState, container: AnyContainer | None, instance: Instance, grace: float, message: str) -> None:
    """Stop an instance in the background; one that is being stopped already is left to it."""
    if instance.id in state.kills:
        return

    async def run() -> None:
        try:
            await kill(state, container, instance, grace, message)
        finally:
            state.kills.pop(instance.id, None)
            state.stale.add(instance.id)
            state.wake()

    state.kills[instance.id] = asyncio.create_task(run(), name=f"kill-{instance.name}")


async def kill(state: PodState, container: AnyContainer | None, instance: Instance, grace: float, message: str) -> None:
    """Stop an instance; what goes wrong is logged, and the Pod looked at again."""
    context, clock = state.context, state.context.clock
    state.event("Normal", "Killing", message, instance.name)
    began = clock.monotonic()
    hook = container.lifecycle.pre_stop if container is not None and container.lifecycle is not None else None
    if hook is not None and container is not None and grace > 0 and instance.id not in state.hooks:
        try:
            async with asyncio.timeout(grace):
                await run_hook(context, container, instance.id, hook, state.address)
        except TimeoutError:
            log.info("preStop hook did not end in time", pod=full_name(state.pod), container=instance.name)
        except HookFailed as error:
            log.info("preStop hook failed", pod=full_name(state.pod), container=instance.name, error=str(error))
            state.event("Warning", "FailedPreStopHook", "PreStopHook failed", instance.name)
    left = max(grace - (clock.monotonic() - began), MIN_GRACE) if grace > 0 else 0.0
    try:
        await context.runtime.stop_container(instance.id, left)
    except NotFoundInRuntime:
        return
    except RuntimeFailure as error:
        state.event_once("Warning", "FailedKillPod", f"error killing pod: {error}")
        state.look_again(2.0)
