"""Starts one container of a Pod: its pause after a crash, its image, its configuration, its first breath."""

from __future__ import annotations

import asyncio

import structlog

from kubelet import metrics
from kubelet.images import Waiting
from kubelet.pods import image_volumes, resize
from kubelet.pods.container_spec import container_spec
from kubelet.pods.declared import AnyContainer, full_name, grace_seconds
from kubelet.pods.environment import ConfigError
from kubelet.pods.hooks import HookFailed, run_hook
from kubelet.pods.killer import kill
from kubelet.pods.plan import Start
from kubelet.pods.state import PodState
from kubelet.runtime.types import Details, Image, RuntimeFailure, RuntimeUnavailable
from kubelet.volumes.types import VolumeError

log = structlog.get_logger("starter")


async def start(state: PodState, wanted: Start, sandbox: Details) -> None:
    """Start a container, or note in `findings.waiting` why it has to wait. Raises RuntimeUnavailable."""
    container, context = wanted.container, state.context
    waiting = state.findings.waiting
    if _in_backoff(state, wanted):
        return

    def tell(type: str, reason: str, message: str) -> None:
        if reason in ("Pulled", "Pulling", "Failed"):
            state.event(type, reason, message, container.name)
        else:
            # Said again on each look at the Pod, but told once.
            state.event_once(type, reason, message, container.name)
            if reason == "ErrImageNeverPull":
                state.event_once("Warning", "Failed", "Error: ErrImageNeverPull", container.name)
            if reason == "BackOff":
                state.event_once("Warning", "Failed", "Error: ImagePullBackOff", container.name)

    try:
        image: Image | Waiting | None = await image_volumes.ensure(state, container, tell)
        if image is None:
            image = await context.images.ensure(state.pod, container, tell, state.wake)
    except (OSError, RuntimeFailure) as error:
        if isinstance(error, RuntimeUnavailable):
            raise
        waiting[container.name] = ("CreateContainerError", str(error))
        state.event_once("Warning", "Failed", f"Error: {error}", container.name)
        state.look_again(10.0)
        return
    if isinstance(image, Waiting):
        if image.reason:
            waiting[container.name] = (image.reason, image.message)
        if image.again_in is not None:
            state.look_again(image.again_in)
        elif image.reason:
            state.look_again(context.config.seconds("sync_frequency"))
        return
    assert image is not None
    attempt = wanted.after.attempt + 1 if wanted.after is not None else _known_restarts(state, container)
    if wanted.after is not None:
        context.backoff.next(_key(state, container))
    try:
        spec = await container_spec(state, container, image, sandbox, attempt)
    except (ConfigError, VolumeError) as error:
        waiting[container.name] = ("CreateContainerConfigError", str(error))
        state.event_once("Warning", "Failed", f"Error: {error}", container.name)
        state.look_again(10.0)
        return
    try:
        container_id = await context.runtime.create_container(spec)
    except RuntimeUnavailable:
        raise
    except RuntimeFailure as error:
        waiting[container.name] = ("CreateContainerError", str(error))
        state.event("Warning", "Failed", f"Error: {error}", container.name)
        state.look_again(10.0)
        return
    state.event("Normal", "Created", "Container created", container.name)
    try:
        await context.runtime.start_container(container_id)
    except RuntimeUnavailable:
        raise
    except RuntimeFailure as error:
        waiting[container.name] = ("RunContainerError", str(error))
        state.event("Warning", "Failed", f"Error: {error}", container.name)
        state.observed.put(await context.runtime.inspect(container_id))
        state.look_again(1.0)
        return
    state.event("Normal", "Started", "Container started", container.name)
    metrics.container_started(state.pod.spec, container)
    waiting.pop(container.name, None)
    image_volumes.forget(state, container)
    resize.began(state, container)
    state.findings.digests[image.id] = image_id(image, context.engine)
    state.observed.put(await context.runtime.inspect(container_id))
    _after_start(state, container, container_id)
    _forget_old(state, container)


def _in_backoff(state: PodState, wanted: Start) -> bool:
    container, context, before = wanted.container, state.context, wanted.after
    if before is None or not before.exited:
        return False
    ended = before.details.finished_at or before.details.created_at
    age = (context.clock.now() - ended).total_seconds() if ended is not None else 0.0
    key = _key(state, container)
    left = context.backoff.left(key, context.clock.monotonic() - max(age, 0.0))
    if left <= 0:
        return False
    pause = f"{context.backoff.pause(key):.0f}"
    text = f"back-off {_go_seconds(int(pause))} restarting failed container={container.name} pod={full_name(state.pod)}"
    state.findings.waiting[container.name] = ("CrashLoopBackOff", text)
    state.event_once(
        "Warning",
        "BackOff",
        f"Back-off restarting failed container {container.name} in pod {full_name(state.pod)}",
        container.name,
        key=before.id,
    )
    state.look_again(left)
    return True


def _go_seconds(seconds: int) -> str:
    return f"{seconds // 60}m{seconds % 60}s" if seconds >= 60 else f"{seconds}s"


def _key(state: PodState, container: AnyContainer) -> str:
    return f"{state.pod.metadata.uid}/{container.name}"


def _known_restarts(state: PodState, container: AnyContainer) -> int:
    """A container the API has counted restarts of goes on counting there."""
    statuses = (*state.pod.status.container_statuses, *state.pod.status.init_container_statuses)
    held = next((s for s in statuses if s.name == container.name), None)
    counted = held.restart_count + bool(held.container_id) if held is not None else 0
    return max(counted, state.findings.restarts.get(container.name, 0))


def image_id(image: Image, engine: str) -> str:
    """How a status names an image: by its digest where it came from a registry."""
    return f"{engine}-pullable://{image.digests[0]}" if image.digests else f"{engine}://{image.id}"


def _after_start(state: PodState, container: AnyContainer, container_id: str) -> None:
    hook = container.lifecycle.post_start if container.lifecycle is not None else None
    if hook is None:
        return
    state.probes.hooking(container_id, True)

    async def run() -> None:
        try:
            await run_hook(state.context, container, container_id, hook, state.address)
        except HookFailed as error:
            log.info("postStart hook failed", pod=full_name(state.pod), container=container.name, error=str(error))
            state.event("Warning", "FailedPostStartHook", "PostStartHook failed", container.name)
            instance = next((i for i in state.observed if i.id == container_id), None)
            if instance is not None:
                await kill(state, container, instance, grace_seconds(state.pod), "FailedPostStartHook")
        finally:
            state.probes.hooking(container_id, False)
            state.hooks.pop(container_id, None)
            state.wake()

    state.hooks[container_id] = asyncio.create_task(run(), name=f"postStart-{container.name}")


def _forget_old(state: PodState, container: AnyContainer) -> None:
    """Of the instances that ended, the last is kept, for its logs; those before it go."""
    old = state.observed.of(container.name)[:-2]
    for instance in old:
        state.observed.drop(instance.id)
        mark = f"remove-{instance.id}"
        state.hooks[mark] = asyncio.create_task(_remove(state, instance.id, mark), name=mark)


async def _remove(state: PodState, container_id: str, mark: str) -> None:
    try:
        await state.context.runtime.remove_container(container_id)
    except RuntimeFailure as error:
        log.debug("an old container cannot be removed yet", container=container_id[:12], error=str(error))
    finally:
        state.hooks.pop(mark, None)
