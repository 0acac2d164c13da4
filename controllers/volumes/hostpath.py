"""A provisioner of our own: directories of a node, for clusters of one machine and for trying things out.

StorageClasses name it `minik8s.io/hostpath`; their parameter `path` is the folder that the directories are made in.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

from controllers.options import Options
from controllers.volumes import facts
from minik8s.api.core_v1 import (
    HostPathVolumeSource,
    Node,
    NodeSelector,
    NodeSelectorRequirement,
    NodeSelectorTerm,
    ObjectReference,
    PersistentVolume,
    PersistentVolumeClaim,
    PersistentVolumeSpec,
    VolumeNodeAffinity,
)
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.storage_v1 import StorageClass
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.quota.storage_classes import storage_class_of

PROVISIONER = "minik8s.io/hostpath"
FOLDER = "/var/lib/minik8s/volumes"
_VOLUME = "volume:"
_HOSTNAME = "kubernetes.io/hostname"


class HostPathProvisioner:
    """Makes a volume for each claim that asks for one, and deletes those that are released (`volume:` keys)."""

    name = "hostpath-provisioner-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch claims, volumes and classes."""
        self._ctx = ctx
        self._claims: Informer[PersistentVolumeClaim] = ctx.watch(PersistentVolumeClaim)
        self._volumes: Informer[PersistentVolume] = ctx.watch(
            PersistentVolume, keys=lambda volume: [_VOLUME + volume.metadata.name]
        )
        self._classes: Informer[StorageClass] = ctx.informers.of(StorageClass)
        self._nodes: Informer[Node] = ctx.informers.of(Node)

    async def reconcile(self, key: str) -> float | None:
        """Provision for one claim, or delete one volume."""
        if key.startswith(_VOLUME):
            volume = self._volumes.get_key(key.removeprefix(_VOLUME))
            if volume is not None:
                await self._reclaim(volume)
            return None
        claim = self._claims.get_key(key)
        if claim is not None:
            await self._provision(claim)
        return None

    async def _provision(self, claim: PersistentVolumeClaim) -> None:
        meta = claim.metadata
        if meta.annotations.get(facts.PROVISIONER) != PROVISIONER or claim.spec.volume_name or meta.deletion_timestamp:
            return
        storage_class = self._classes.get(storage_class_of(claim))
        if storage_class is None or storage_class.provisioner != PROVISIONER:
            return
        if claim.spec.volume_mode == "Block":
            message = f"failed to provision volume: {PROVISIONER} makes no block volumes"
            self._ctx.recorder.event(claim, "Warning", "ProvisioningFailed", message)
            return
        volume = _volume_for(claim, storage_class, self._host(claim))
        if self._volumes.get(volume.metadata.name) is not None:
            return
        message = f'External provisioner is provisioning volume for claim "{key_of(claim)}"'
        self._ctx.recorder.event(claim, "Normal", "Provisioning", message)
        assert volume.spec.host_path is not None
        await asyncio.to_thread(_make_folder, volume.spec.host_path.path)
        try:
            await self._ctx.client.create(volume)
        except AlreadyExists:
            return
        message = f"Successfully provisioned volume {volume.metadata.name}"
        self._ctx.recorder.event(claim, "Normal", "ProvisioningSucceeded", message)

    def _host(self, claim: PersistentVolumeClaim) -> str:
        """The host name of the node that the scheduler chose, as its label says; "" when it chose none."""
        name = claim.metadata.annotations.get(facts.SELECTED_NODE, "")
        node = self._nodes.get(name) if name else None
        return node.metadata.labels.get(_HOSTNAME, name) if node is not None else name

    async def _reclaim(self, volume: PersistentVolume) -> None:
        spec, meta = volume.spec, volume.metadata
        ours = meta.annotations.get(facts.PROVISIONED_BY) == PROVISIONER
        if not ours or volume.status.phase != "Released" or spec.persistent_volume_reclaim_policy != "Delete":
            return
        if meta.deletion_timestamp is not None:
            return
        if spec.host_path is not None and Path(spec.host_path.path).name == meta.name:
            try:
                await asyncio.to_thread(_remove_folder, spec.host_path.path)
            except OSError as error:
                self._ctx.recorder.event(volume, "Warning", "VolumeFailedDelete", str(error))
                raise
        try:
            await self._ctx.client.delete(PersistentVolume, meta.name, uid=meta.uid)
        except NotFound:
            return


def _volume_for(claim: PersistentVolumeClaim, storage_class: StorageClass, host: str) -> PersistentVolume:
    meta, name = claim.metadata, f"pvc-{claim.metadata.uid}"
    folder = storage_class.parameters.get("path", FOLDER)
    return PersistentVolume(
        metadata=ObjectMeta(name=name, annotations={facts.PROVISIONED_BY: PROVISIONER}),
        spec=PersistentVolumeSpec(
            capacity={"storage": claim.spec.resources.requests.get("storage", "0")},
            access_modes=list(claim.spec.access_modes),
            persistent_volume_reclaim_policy=storage_class.reclaim_policy or "Delete",
            storage_class_name=storage_class.metadata.name,
            mount_options=list(storage_class.mount_options),
            volume_mode="Filesystem",
            claim_ref=ObjectReference(
                kind=claim.kind, api_version=claim.api_version, name=meta.name, namespace=meta.namespace, uid=meta.uid
            ),
            host_path=HostPathVolumeSource(path=os.path.join(folder, name), type="DirectoryOrCreate"),
            node_affinity=_on_host(host),
        ),
    )


def _on_host(host: str) -> VolumeNodeAffinity | None:
    if not host:
        return None
    here = NodeSelectorRequirement(key=_HOSTNAME, operator="In", values=[host])
    return VolumeNodeAffinity(required=NodeSelector(node_selector_terms=[NodeSelectorTerm(match_expressions=[here])]))


def _make_folder(path: str) -> None:
    """Where this is the node's machine, any user of a container may write there; elsewhere the kubelet makes it."""
    try:
        os.makedirs(path, exist_ok=True)
        os.chmod(path, 0o777)
    except OSError:
        return


def _remove_folder(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)


def make(options: Options) -> HostPathProvisioner:
    """The controller, for the catalog."""
    return HostPathProvisioner()
