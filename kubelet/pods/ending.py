"""The end of a Pod: its containers stop in order, then its sandbox, its volumes, its cgroup, its object."""

from __future__ import annotations

import asyncio

import structlog

from kubelet.pods import killer, sandbox
from kubelet.pods.declared import find_container, full_name, grace_seconds, is_sidecar, is_static
from kubelet.pods.observed import Instance
from kubelet.pods.state import PodState
from kubelet.runtime.types import RuntimeFailure
from kubelet.volumes.types import VolumeFailed
from minik8s.api.core_v1 import Pod
from minik8s.client.errors import ApiError, Conflict, ConnectionFailed, NotFound

log = structlog.get_logger("ending")

RETRY_SECONDS = 1.0


async def step(state: PodState, grace: float | None = None) -> bool:
    """Bring the Pod nearer to its end; returns whether nothing of it runs any more."""
    running = state.observed.running
    wanted = float(grace_seconds(state.pod)) if grace is None else grace
    if running:
        _shorten(state, wanted)
        sidecars = [i for i in running if _is_sidecar(state, i)]
        others = [i for i in running if i not in sidecars]
        # Sidecars serve the others: they go last, in reverse order, when nothing else is left.
        for instance in others or sidecars[-1:]:
            if instance.id not in state.kills:
                container = find_container(state.pod.spec, instance.name)
                killer.begin(state, container, instance, wanted, f"Stopping container {instance.name}")
        return False
    if state.kills:
        return False
    await sandbox.stop(state)
    state.findings.waiting.clear()
    return True


def _is_sidecar(state: PodState, instance: Instance) -> bool:
    return any(c.name == instance.name and is_sidecar(c) for c in state.pod.spec.init_containers)


def _shorten(state: PodState, wanted: float) -> None:
    """A deletion with less grace than the one under way takes effect at once."""
    mark = "grace"
    held = next((float(t.removeprefix(mark)) for t in state.told if t.startswith(mark)), None)
    if held is not None and wanted < held:
        for task in list(state.kills.values()):
            task.cancel()
        state.kills.clear()
    if held is None or wanted < held:
        state.told = {t for t in state.told if not t.startswith(mark)} | {f"{mark}{wanted}"}


async def clean(state: PodState) -> bool:
    """Take away what the Pod had on this node besides its containers; what cannot go now is found again later.

    Returns False while a driver does not take its volume back: until then the Pod is not gone, as who would use the
    volume next relies on it.
    """
    context, uid = state.context, state.pod.metadata.uid
    state.volumes, state.volumes_fresh = None, False
    if context.volumes is not None:
        try:
            await context.volumes.unmount(uid)
        except VolumeFailed as error:
            log.warning("a volume cannot be taken back", pod=full_name(state.pod), error=str(error))
            state.look_again(error.again_in or RETRY_SECONDS)
            return False
        except OSError as error:
            log.warning("volumes cannot be taken away", pod=full_name(state.pod), error=str(error))
    if context.cgroups is not None:
        await asyncio.to_thread(context.cgroups.remove, state.cgroup)
    return True


async def delete(state: PodState) -> None:
    """Delete the object for good, after its last status is written; returns when it is gone."""
    meta = state.pod.metadata
    if is_static(state.pod):
        return
    await state.writer.flush()
    while True:
        try:
            await state.context.client.delete(Pod, meta.name, meta.namespace, grace_period_seconds=0, uid=meta.uid)
            return
        except (NotFound, Conflict):
            return
        except (ApiError, ConnectionFailed) as error:
            log.debug("the pod cannot be deleted yet", pod=full_name(state.pod), error=str(error))
            await state.context.clock.sleep(RETRY_SECONDS)


async def remove(state: PodState) -> None:
    """Remove all containers of a Pod that is gone."""
    context, uid = state.context, state.pod.metadata.uid
    context.images.forget(uid)
    context.tokens.forget(uid)
    context.backoff.forget_all(uid)
    for container_id in state.observed.ids():
        try:
            await context.runtime.remove_container(container_id)
            state.observed.drop(container_id)
        except RuntimeFailure as error:
            log.debug("a container cannot be removed yet", container=container_id[:12], error=str(error))
