"""The attach-detach controller: asks CSI drivers, by VolumeAttachments, to bring volumes to the nodes that use them.

What is attached stands in `node.status.volumesAttached`; a kubelet mounts a volume only when it is there.
"""

from __future__ import annotations

import hashlib

from controllers.options import Options
from controllers.shared import pods
from controllers.volumes.facts import claims_of
from minik8s.api.core_v1 import AttachedVolume, Node, PersistentVolume, PersistentVolumeClaim, Pod
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.storage_v1 import CSIDriver, VolumeAttachment, VolumeAttachmentSource, VolumeAttachmentSpec
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.quoting import quote

FORCED_SECONDS = 360.0
"""A volume that a node says it still mounts is taken from it after so long, if the node is not healthy."""
ATTACH_SECONDS = 120.0
"""When nobody has attached a volume after so long, its Pod is told."""
_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_SHARED = frozenset({"ReadWriteMany", "ReadOnlyMany"})


class AttachDetach:
    """Keeps the VolumeAttachments of each node; keys are node names."""

    name = "persistentvolume-attach-detach-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch nodes, their pods, the pods' volumes and the attachments."""
        self._ctx = ctx
        self._unused_since: dict[str, float] = {}
        self._asked_at: dict[str, float] = {}
        self._nodes: Informer[Node] = ctx.watch(Node)
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={pods.NODE: pods.by_node})
        self._pods.on_change(self._pod_changed)
        self._claims: Informer[PersistentVolumeClaim] = ctx.watch(PersistentVolumeClaim, keys=self._nodes_of_claim)
        self._volumes: Informer[PersistentVolume] = ctx.informers.of(PersistentVolume)
        self._drivers: Informer[CSIDriver] = ctx.informers.of(CSIDriver)
        self._attachments: Informer[VolumeAttachment] = ctx.informers.of(VolumeAttachment)
        self._attachments.on_change(self._attachment_changed)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        for pod in (old, new):
            if pod is not None and pod.spec.node_name and claims_of(pod):
                self._ctx.enqueue(pod.spec.node_name)

    def _nodes_of_claim(self, claim: PersistentVolumeClaim) -> list[str]:
        here = self._pods.list(claim.metadata.namespace)
        return [p.spec.node_name for p in here if p.spec.node_name and claim.metadata.name in claims_of(p)]

    def _attachment_changed(self, old: VolumeAttachment | None, new: VolumeAttachment | None) -> None:
        one = new or old
        assert one is not None
        self._ctx.enqueue(one.spec.node_name)
        if new is None:
            # A volume that only one node may have is free for the next.
            for other in self._users(one.spec.source.persistent_volume_name or ""):
                self._ctx.enqueue(other.spec.node_name)

    def _users(self, volume: str) -> list[Pod]:
        held = self._volumes.get(volume)
        reference = held.spec.claim_ref if held is not None else None
        if reference is None:
            return []
        here = self._pods.list(reference.namespace)
        return [p for p in here if p.spec.node_name and not pods.is_terminal(p) and reference.name in claims_of(p)]

    async def reconcile(self, key: str) -> float | None:
        """Attach what the node's pods need, detach what none needs, and say what is attached."""
        node = self._nodes.get_key(key)
        needed = self._needed(key)
        here = [one for one in self._attachments.list() if one.spec.node_name == key and self._is_ours(one)]
        there = {one.spec.source.persistent_volume_name or "": one for one in here}
        for name, (volume, pod) in needed.items():
            self._unused_since.pop(f"{key}/{name}", None)
            if name not in there:
                await self._attach(node, volume, pod)
            else:
                self._tell_failure(there[name], pod)
        waits = [self._tell_delay(key, name, there.get(name), pod) for name, (_, pod) in needed.items()]
        leaving = []
        for name, one in there.items():
            if name not in needed and one.metadata.deletion_timestamp is None:
                wait = await self._wait_to_detach(key, one, f"{key}/{name}")
                waits.append(wait)
                if wait is None:
                    leaving.append(one)
        if node is not None:
            # The node hears of it first: what is about to leave it mounts no more.
            await self._tell_node(node, [one for one in here if one not in leaving])
        for one in leaving:
            await self._detach(one)
        return min((wait for wait in waits if wait is not None), default=None)

    def _needed(self, node: str) -> dict[str, tuple[PersistentVolume, Pod]]:
        found: dict[str, tuple[PersistentVolume, Pod]] = {}
        for pod in self._pods.by_index(pods.NODE, node):
            if pods.is_terminal(pod):
                continue
            for name in claims_of(pod):
                claim = self._claims.get(name, pod.metadata.namespace)
                volume = self._volumes.get(claim.spec.volume_name) if claim is not None else None
                if volume is None or claim is None or claim.status.phase != "Bound":
                    continue
                if self._is_attached(volume):
                    found[volume.metadata.name] = (volume, pod)
        return found

    def _is_attached(self, volume: PersistentVolume) -> bool:
        """Whether the volume's driver has to attach it."""
        if volume.spec.csi is None:
            return False
        driver = self._drivers.get(volume.spec.csi.driver)
        return driver is None or driver.spec.attach_required is not False

    def _is_ours(self, one: VolumeAttachment) -> bool:
        volume = self._volumes.get(one.spec.source.persistent_volume_name or "")
        if volume is None or volume.spec.csi is None:
            return False
        return one.metadata.name == attachment_name(volume, one.spec.node_name)

    async def _attach(self, node: Node | None, volume: PersistentVolume, pod: Pod) -> None:
        if node is None or volume.spec.csi is None:
            return
        name = volume.metadata.name
        others = [
            one.spec.node_name
            for one in self._attachments.list()
            if one.spec.source.persistent_volume_name == name and one.spec.node_name != node.metadata.name
        ]
        if others and not _SHARED & set(volume.spec.access_modes):
            users = sorted(user.metadata.name for user in self._users(name) if user.spec.node_name in others)
            why = "Volume is already exclusively attached to one node and can't be attached to another"
            if users:
                why = f"Volume is already used by pod(s) {', '.join(users)}"
            message = f"Multi-Attach error for volume {quote(name)} {why}"
            self._ctx.recorder.event(pod, "Warning", "FailedAttachVolume", message)
            return
        made = VolumeAttachment(
            metadata=ObjectMeta(name=attachment_name(volume, node.metadata.name)),
            spec=VolumeAttachmentSpec(
                attacher=volume.spec.csi.driver,
                node_name=node.metadata.name,
                source=VolumeAttachmentSource(persistent_volume_name=name),
            ),
        )
        try:
            await self._ctx.client.create(made)
        except AlreadyExists:
            return

    def _tell_failure(self, one: VolumeAttachment, pod: Pod) -> None:
        name = quote(one.spec.source.persistent_volume_name or "")
        if one.status.attach_error is not None and not one.status.attached:
            message = f"AttachVolume.Attach failed for volume {name} : {one.status.attach_error.message}"
            self._ctx.recorder.event(pod, "Warning", "FailedAttachVolume", message)

    def _tell_delay(self, node: str, name: str, one: VolumeAttachment | None, pod: Pod) -> float | None:
        """Tell the Pod when nobody attaches its volume; returns seconds until that is to be looked at."""
        key = f"{node}/{name}"
        if one is None or one.status.attached or one.status.attach_error is not None:
            self._asked_at.pop(key, None)
            return None
        now = self._ctx.clock.monotonic()
        left = self._asked_at.setdefault(key, now) + ATTACH_SECONDS - now
        if left > 0:
            return left
        self._asked_at[key] = now
        volume = self._volumes.get(name)
        handle = volume.spec.csi.volume_handle if volume is not None and volume.spec.csi is not None else name
        message = (
            f"AttachVolume.Attach failed for volume {quote(name)} : timed out waiting for external-attacher of "
            f"{one.spec.attacher} CSI driver to attach volume {handle}"
        )
        self._ctx.recorder.event(pod, "Warning", "FailedAttachVolume", message)
        return ATTACH_SECONDS

    async def _wait_to_detach(self, node_name: str, one: VolumeAttachment, key: str) -> float | None:
        """Seconds to wait while the node still mounts a volume; None when it may be taken away."""
        volume = self._volumes.get(one.spec.source.persistent_volume_name or "")
        try:
            # The cache may not know yet that the node mounts it.
            node = await self._ctx.client.get(Node, node_name)
        except NotFound:
            node = None
        if node is not None and volume is not None and unique_name(volume) in node.status.volumes_in_use:
            now = self._ctx.clock.monotonic()
            left = self._unused_since.setdefault(key, now) + FORCED_SECONDS - now
            if not _is_out_of_service(node) and (left > 0 or _is_healthy(node)):
                return max(left, 0.0) or FORCED_SECONDS
        self._unused_since.pop(key, None)
        return None

    async def _detach(self, one: VolumeAttachment) -> None:
        try:
            await self._ctx.client.delete(VolumeAttachment, one.metadata.name, uid=one.metadata.uid)
        except NotFound:
            return

    async def _tell_node(self, node: Node, here: list[VolumeAttachment]) -> None:
        attached = []
        for one in here:
            volume = self._volumes.get(one.spec.source.persistent_volume_name or "")
            if volume is not None and one.status.attached and one.metadata.deletion_timestamp is None:
                attached.append(AttachedVolume(name=unique_name(volume)))
        attached.sort(key=lambda volume: volume.name)
        held = sorted(node.status.volumes_attached, key=lambda volume: volume.name)
        if [one.name for one in attached] == [one.name for one in held]:
            return
        known = {volume.name for volume in held}
        try:
            patch = {"status": {"volumesAttached": attached or None}}
            await self._ctx.client.patch(Node, node.metadata.name, patch, subresource="status")
        except NotFound:
            return
        new = {volume.name for volume in attached} - known
        for name, (volume, pod) in self._needed(node.metadata.name).items():
            if unique_name(volume) in new:
                message = f"AttachVolume.Attach succeeded for volume {quote(name)} "
                self._ctx.recorder.event(pod, "Normal", "SuccessfulAttachVolume", message)


def attachment_name(volume: PersistentVolume, node: str) -> str:
    """The name of the attachment of a CSI volume to a node, as every attacher and kubelet works it out."""
    assert volume.spec.csi is not None
    text = f"{volume.spec.csi.volume_handle}{volume.spec.csi.driver}{node}"
    return f"csi-{hashlib.sha256(text.encode()).hexdigest()}"


def unique_name(volume: PersistentVolume) -> str:
    """How a node's status calls a CSI volume."""
    assert volume.spec.csi is not None
    return f"kubernetes.io/csi/{volume.spec.csi.driver}^{volume.spec.csi.volume_handle}"


def _is_out_of_service(node: Node) -> bool:
    return any(taint.key == _OUT_OF_SERVICE for taint in node.spec.taints)


def _is_healthy(node: Node) -> bool:
    return any(condition.type == "Ready" and condition.status == "True" for condition in node.status.conditions)


def make(options: Options) -> AttachDetach:
    """The controller, for the catalog."""
    return AttachDetach()
