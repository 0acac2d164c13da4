"""Makes the volumes of a Pod, keeps their contents fresh, and takes them away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kubelet.csi.wanted import of_claim, of_inline
from kubelet.options import Settings
from kubelet.volumes import atomic, contents, host_path, mounts, ownership
from kubelet.volumes.types import Mounted, Sources, VolumeError, VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import PersistentVolumeClaim, Pod, Volume
from minik8s.clock import Clock, SystemClock
from minik8s.machinery import quantity
from minik8s.machinery.quoting import quote

if TYPE_CHECKING:
    from kubelet.csi.volumes import CSIVolumes

log = structlog.get_logger("volumes")

_PLUGINS = {
    "empty_dir": "kubernetes.io~empty-dir",
    "config_map": "kubernetes.io~configmap",
    "secret": "kubernetes.io~secret",
    "downward_api": "kubernetes.io~downward-api",
    "projected": "kubernetes.io~projected",
}
PATIENCE_SECONDS = 3.0
"""A Pod is told of a claim that is not ready when it has waited for so long: most are so in a moment."""
_FIRST_LOOK_SECONDS = 0.2
_PROTECTED = "kubernetes.io/pvc-protection"
_IN_MEMORY = ("secret", "downward_api", "projected")


class _Unclear(VolumeError):
    """What the volume is cannot be said; the message says why."""


class VolumeManager:
    """The volumes of this node's Pods; `csi` brings those of drivers."""

    def __init__(
        self, settings: Settings, sources: Sources, csi: CSIVolumes | None = None, clock: Clock | None = None
    ) -> None:
        self._settings, self._sources, self.csi = settings, sources, csi
        self._clock = clock or SystemClock()
        self._unready: dict[tuple[str, str], float] = {}

    async def mount(self, pod: Pod, used: Set[str] | None = None) -> dict[str, Mounted]:
        """Make all volumes of a Pod, or those of these names, or bring them up to date.

        Raises VolumeError for the first that cannot be made, VolumeWaits when none failed and some are on their way.
        """
        found: dict[str, Mounted] = {}
        waiting: dict[str, VolumeWaits] = {}
        failed: VolumeError | None = None
        unclear: dict[str, str] = {}
        # Images are pulled like those of containers, when a container that mounts one starts.
        wanted = [one for one in pod.spec.volumes if one.image is None and (used is None or one.name in used)]
        for volume in wanted:
            try:
                found[volume.name] = await self._one(pod, volume)
            except _Unclear as error:
                unclear[volume.name] = str(error)
            except VolumeWaits as error:
                waiting[volume.name] = error
            except VolumeFailed as error:
                failed = failed or error
            except (OSError, VolumeError) as error:
                text = f'MountVolume.SetUp failed for volume "{volume.name}" : {error}'
                failed = failed or VolumeError(text)
        late = [one for one in waiting.values() if one.late]
        if failed is None and (unclear or late):
            missing = {one.name for one in wanted} - found.keys()
            unattached = [name for name, one in waiting.items() if one.unattached]
            names = (" ".join(sorted(each)) for each in (missing, unattached, unclear))
            why = "; ".join(unclear.values()) or "context deadline exceeded"
            raise VolumeFailed(
                "Unable to attach or mount volumes: unmounted volumes=[{}], unattached volumes=[{}], "
                "failed to process volumes=[{}]: {}".format(*names, why),
                None if unclear else late[0].again_in,
            )
        if failed is not None:
            raise failed
        if waiting:
            raise min(waiting.values(), key=lambda one: float("inf") if one.again_in is None else one.again_in)
        return found

    async def unmount(self, uid: str) -> None:
        """Take away a Pod's folder with all volumes in it.

        Raises VolumeFailed while a driver does not take its volume back, OSError for what is in use.
        """
        self._unready = {key: since for key, since in self._unready.items() if key[0] != uid}
        if self.csi is not None:
            await self.csi.unmount(uid)
        await asyncio.to_thread(_remove, self._settings.pod_dir(uid))

    def known(self) -> list[str]:
        """The uids of all Pods that have a folder here."""
        with contextlib.suppress(OSError):
            return os.listdir(self._settings.root_dir / "pods")
        return []

    def path(self, pod: Pod, volume: Volume) -> Path | None:
        """Where a volume of the kubelet's own is; None for what lies elsewhere on the host."""
        for attribute, plugin in _PLUGINS.items():
            if getattr(volume, attribute) is not None:
                return self._settings.pod_dir(pod.metadata.uid) / "volumes" / plugin / volume.name
        return None

    async def _one(self, pod: Pod, volume: Volume) -> Mounted:
        if volume.host_path is not None:
            path = Path(volume.host_path.path)
            await asyncio.to_thread(host_path.prepare, path, volume.host_path.type or "")
            return Mounted(path, plugin="kubernetes.io/host-path")
        if volume.persistent_volume_claim is not None:
            claim = volume.persistent_volume_claim
            return await self._claimed(pod, volume.name, claim.claim_name, claim.read_only)
        if volume.ephemeral is not None:
            return await self._claimed(pod, volume.name, f"{pod.metadata.name}-{volume.name}", False, ephemeral=True)
        if volume.csi is not None and self.csi is not None:
            return await self.csi.mount(of_inline(pod, volume.name, volume.csi))
        path_or_none = self.path(pod, volume)
        if path_or_none is None:
            raise VolumeError("no volume plugin matched")
        path, plugin = path_or_none, path_or_none.parent.name.replace("~", "/")
        group = _group(pod)
        if volume.empty_dir is not None:
            limit = volume.empty_dir.size_limit
            size = quantity.value(limit) if limit else 0
            await asyncio.to_thread(_empty_dir, path, volume.empty_dir.medium == "Memory", size, group)
            return Mounted(path, plugin=plugin)
        files = await self._files(pod, volume)
        memory = any(getattr(volume, attribute) is not None for attribute in _IN_MEMORY)
        await asyncio.to_thread(_write, path, files, group, memory)
        return Mounted(path, True, plugin=plugin)

    async def _files(self, pod: Pod, volume: Volume) -> contents.Files:
        namespace = pod.metadata.namespace
        if (held := volume.config_map) is not None:
            mode = held.default_mode if held.default_mode is not None else contents.DEFAULT_MODE
            return await contents.config_map_files(
                self._sources, namespace, held.name, held.items, mode, bool(held.optional)
            )
        if (kept := volume.secret) is not None:
            mode = kept.default_mode if kept.default_mode is not None else contents.DEFAULT_MODE
            return await contents.secret_files(
                self._sources, namespace, kept.secret_name, kept.items, mode, bool(kept.optional)
            )
        if (told := volume.downward_api) is not None:
            mode = told.default_mode if told.default_mode is not None else contents.DEFAULT_MODE
            return contents.downward_files(pod, told.items, mode, self._sources.surroundings(pod))
        assert volume.projected is not None
        return await contents.projected_files(self._sources, pod, volume.projected)

    def _patience(self, pod: Pod, volume_name: str, name: str, trouble: str) -> VolumeError:
        """A claim that is not ready may become so in a moment; the Pod is told when it takes longer."""
        now = self._clock.monotonic()
        waited = now - self._unready.setdefault((pod.metadata.uid, volume_name), now)
        if waited < PATIENCE_SECONDS:
            return VolumeWaits("the claim is not ready", max(waited, _FIRST_LOOK_SECONDS))
        return _Unclear(f"error processing PVC {pod.metadata.namespace}/{name}: {trouble}")

    async def _claimed(
        self, pod: Pod, volume_name: str, name: str, read_only: bool, ephemeral: bool = False
    ) -> Mounted:
        claim = await self._sources.claim(pod.metadata.namespace, name)
        if claim is None:
            why = f"failed to fetch PVC from API server: persistentvolumeclaims {quote(name)} not found"
            raise _Unclear(f"error processing PVC {pod.metadata.namespace}/{name}: {why}")
        if ephemeral and not any(
            one.controller and one.uid == pod.metadata.uid for one in claim.metadata.owner_references
        ):
            meta = f"{claim.metadata.namespace}/{claim.metadata.name}"
            owner = f"{pod.metadata.namespace}/{pod.metadata.name}"
            raise _Unclear(f"PVC {meta} was not created for pod {owner} (pod is not owner)")
        if trouble := _trouble(claim):
            raise self._patience(pod, volume_name, name, trouble)
        self._unready.pop((pod.metadata.uid, volume_name), None)
        volume = await self._sources.persistent_volume(claim.spec.volume_name)
        if volume is None:
            lacks = claim.spec.volume_name
            why = f"failed to fetch PV {lacks} from API server: persistentvolumes {quote(lacks)} not found"
            raise _Unclear(f"error processing PVC {pod.metadata.namespace}/{name}: {why}")
        block = volume.spec.volume_mode == "Block"
        group = None if block else _group(pod)
        if self.csi is not None and (wanted := of_claim(pod, volume_name, read_only, volume, claim)) is not None:
            return await self.csi.mount(wanted)
        if volume.spec.host_path is not None:
            path, plugin = Path(volume.spec.host_path.path), "kubernetes.io/host-path"
            await asyncio.to_thread(host_path.prepare, path, volume.spec.host_path.type or "")
            # The host's files keep the owners they have.
            group = None
        elif volume.spec.local is not None:
            path, plugin = Path(volume.spec.local.path), "kubernetes.io/local-volume"
            if not await asyncio.to_thread(path.exists):
                raise VolumeError(f'local volume path "{path}" does not exist')
            if block and not await asyncio.to_thread(path.is_block_device):
                raise VolumeError(f'local volume path "{path}" is not a block device')
        else:
            raise VolumeError("no volume plugin matched")
        if group is not None and not read_only:
            await asyncio.to_thread(ownership.give, path, group, _change_policy(pod))
        return Mounted(path, read_only, block, plugin)


def _trouble(claim: PersistentVolumeClaim) -> str:
    """Why a claim leads to no volume now; "" when it does."""
    if claim.metadata.deletion_timestamp is not None and _PROTECTED not in claim.metadata.finalizers:
        return "PVC is being deleted"
    if claim.status.phase != "Bound":
        return "PVC is not bound"
    return "" if claim.spec.volume_name else "PVC has empty pvc.Spec.VolumeName"


def _group(pod: Pod) -> int | None:
    return pod.spec.security_context.fs_group if pod.spec.security_context is not None else None


def _change_policy(pod: Pod) -> str | None:
    return pod.spec.security_context.fs_group_change_policy if pod.spec.security_context is not None else None


def _empty_dir(path: Path, memory: bool, size: int, group: int | None) -> None:
    if path.exists():
        return
    path.mkdir(parents=True)
    mode = 0o777
    if memory:
        mounts.mount_tmpfs(path, size)
        # As the kernel makes a tmpfs: what one user puts there another does not remove.
        mode |= 0o1000
    if group is not None:
        os.chown(path, -1, group)
        mode |= 0o2000
    os.chmod(path, mode)


def _write(path: Path, files: contents.Files, group: int | None, memory: bool) -> None:
    if not path.exists():
        path.mkdir(parents=True)
        if memory:
            try:
                mounts.mount_tmpfs(path)
            except OSError as error:
                log.warning("a secret volume is on disk: no memory can be mounted", path=str(path), error=str(error))
        os.chmod(path, 0o777 if group is None else 0o2777)
        if group is not None:
            os.chown(path, -1, group)
    if atomic.write(path, files, group):
        log.debug("volume written", path=str(path))


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    for place in mounts.mounted_below(folder):
        mounts.unmount(place)
    shutil.rmtree(folder)
