"""Takes away what nobody owns any more: containers, volumes, wires, cgroups, images."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import structlog

from kubelet import labels
from kubelet.cni import CNIError
from kubelet.context import NodeContext
from kubelet.node import machine
from kubelet.references import References
from kubelet.runtime import pause
from kubelet.runtime.types import Details, RuntimeFailure, State
from kubelet.volumes.types import VolumeError
from kubelet.workers import Workers
from minik8s.api.core_v1 import ObjectReference

log = structlog.get_logger("housekeeping")

SECONDS = 30.0
IMAGE_SECONDS = 300.0


class Housekeeping:
    """Runs beside the workers; touches nothing before all Pods of this node are known."""

    def __init__(
        self, context: NodeContext, workers: Workers, references: References, known: Callable[[], bool], images: str
    ) -> None:
        self._context, self._workers, self._references = context, workers, references
        self._known = known
        self._image_dir = images
        self._seen: dict[str, float] = {}

    async def run(self) -> None:
        """Look every half minute until cancelled."""
        clock, last = self._context.clock, float("-inf")
        wait = 1.0
        while True:
            await clock.sleep(wait)
            if not self._known():
                continue
            wait = SECONDS
            try:
                await self.tidy()
                if clock.monotonic() - last >= IMAGE_SECONDS:
                    last = clock.monotonic()
                    await self.free_images()
            except (RuntimeFailure, OSError) as error:
                log.debug("housekeeping failed", error=str(error))

    async def tidy(self) -> None:
        """One look at everything. Raises RuntimeFailure, OSError."""
        context = self._context
        due = context.tokens.due()
        if context.volumes is not None and context.volumes.csi is not None:
            due |= context.volumes.csi.due()
        for worker in self._workers:
            if worker.state.pod.metadata.uid in due:
                worker.refresh_volumes()
        await self._references.keep([w.state.pod for w in self._workers])
        orphans = self._workers.orphans()
        self._workers.forget_orphans()
        await asyncio.gather(*(self._end(d) for d in orphans))
        records = await context.runtime.records()
        mine = self._workers.uids
        for record in records:
            if record.labels.get(labels.POD_UID, "") not in mine:
                await self._end(await context.runtime.inspect(record.id))
        await self._wires({r.id for r in records})
        if context.volumes is not None:
            for uid in context.volumes.known():
                if uid not in self._workers.uids:
                    log.info("volumes of a pod that is gone are taken away", uid=uid)
                    try:
                        await context.volumes.unmount(uid)
                    except (OSError, VolumeError) as error:
                        log.warning("volumes cannot be taken away", uid=uid, error=str(error))
            if context.volumes.csi is not None:
                context.volumes.csi.tidy()
        mounted = [path for w in self._workers for i in w.state.observed for path in i.details.mounts.values()]
        await context.image_files.tidy(self._workers.uids, mounted)
        if context.cgroups is not None:
            for uid, place in (await asyncio.to_thread(context.cgroups.known_pods)).items():
                if uid not in self._workers.uids:
                    await asyncio.to_thread(context.cgroups.remove, place)
            await asyncio.to_thread(context.cgroups.weigh, self._workers.active())

    async def free_images(self, force: bool = False) -> int:
        """Remove unused images while the disk is fuller than it may be; returns the bytes freed."""
        context = self._context
        size, free, _, _ = await asyncio.to_thread(machine.disk, Path(self._image_dir or "/"))
        used_percent = 100 - free * 100 // max(size, 1)
        high, low = context.config.image_gc_high_threshold_percent, context.config.image_gc_low_threshold_percent
        images = await context.runtime.images()
        now = context.clock.monotonic()
        for image in images:
            self._seen.setdefault(image.id, now)
        # At 100 nothing is removed on account of this, however full the disk is.
        if not force and (used_percent < high or high >= 100):
            return 0
        goal = size if force else size * (100 - low) // 100 - free
        busy = {r.image_id for r in await context.runtime.records()}
        freed, least = 0, context.config.seconds("image_minimum_gc_age")
        used = context.images.used
        for image in sorted(images, key=lambda i: used.get(i.id, self._seen[i.id])):
            if freed >= goal:
                break
            young = not force and now - self._seen[image.id] < least
            if image.id in busy or young or pause.IMAGE in image.tags:
                continue
            with contextlib.suppress(RuntimeFailure):
                await context.runtime.remove_image(image.id)
                freed += image.size
                log.info("unused image removed", image=image.tags[0] if image.tags else image.id, size=image.size)
        if freed < goal and not force:
            context.recorder.event(
                node_reference(context.settings.node_name),
                "Warning",
                "FreeDiskSpaceFailed",
                f"Failed to garbage collect required amount of images. Attempted to free {goal} bytes, "
                f"but only found {freed} bytes eligible to free.",
            )
        return freed

    async def _end(self, details: Details) -> None:
        """A container of a Pod that is gone."""
        context, uid = self._context, details.labels.get(labels.POD_UID, "")
        if uid in self._workers.uids:
            return
        log.info("a container of a pod that is gone is removed", container=details.id[:12], uid=uid)
        with contextlib.suppress(RuntimeFailure):
            if labels.is_sandbox(details.labels):
                if context.cni is not None:
                    with contextlib.suppress(CNIError):
                        await context.cni.delete(details.id, details.netns)
            elif details.state is State.RUNNING:
                grace = details.labels.get(labels.GRACE_SECONDS, "30")
                await context.runtime.stop_container(details.id, float(grace) if grace.isdigit() else 30.0)
            await context.runtime.remove_container(details.id)

    async def _wires(self, known: set[str]) -> None:
        cni = self._context.cni
        for sandbox_id in cni.known() if cni is not None else ():
            busy = any(s.id == sandbox_id for w in self._workers for s in w.state.observed.sandboxes)
            if sandbox_id not in known and not busy and cni is not None:
                with contextlib.suppress(CNIError):
                    await cni.delete(sandbox_id)


def node_reference(name: str) -> ObjectReference:
    """How events name a node."""
    return ObjectReference(kind="Node", api_version="v1", name=name, uid=name)
