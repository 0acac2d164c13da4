"""Which node needs which object, because a pod bound to it uses the object: nodes <- pods <- objects <- volumes."""

from __future__ import annotations

from typing import NamedTuple

from apiserver.auth.pod_references import node_secrets_of, references_of
from apiserver.auth.protocols import Reader
from minik8s.api.core_v1 import PersistentVolume, Pod
from minik8s.api.resource_v1 import ResourceSlice
from minik8s.api.storage_v1 import VolumeAttachment

_Key = tuple[str, str, str]  # (resource, namespace, name)
_MIRROR = "kubernetes.io/config.mirror"


class _PodEdges(NamedTuple):
    node: str
    uses: frozenset[_Key]


class NodeGraph:
    """Counts, per object, the pods of each node that use it; every question is a few dictionary look-ups."""

    def __init__(self, reader: Reader) -> None:
        self._pods: dict[tuple[str, str], _PodEdges] = {}
        self._users: dict[_Key, dict[str, int]] = {}
        # Persistent volume -> its claim; secret -> the volumes that need it on the node.
        self._claim_of: dict[str, _Key] = {}
        self._secrets_of: dict[str, set[tuple[str, str]]] = {}
        self._volumes_with: dict[tuple[str, str], set[str]] = {}
        self._node_of: dict[tuple[str, str], str] = {}
        reader.on_change(Pod, self._pod_changed)
        reader.on_change(PersistentVolume, self._volume_changed)
        reader.on_change(VolumeAttachment, self._attachment_changed)
        reader.on_change(ResourceSlice, self._slice_changed)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        pod = new or old
        if pod is None:
            return
        key = (pod.metadata.namespace, pod.metadata.name)
        known = self._pods.get(key)
        if new is None:
            self._forget(key)
            return
        if not new.spec.node_name:
            if known is not None:
                self._forget(key)
            return
        if known is not None and old is not None and _same_references(old, new):
            return
        self._forget(key)
        namespace = new.metadata.namespace
        uses: set[_Key] = {("pods", *key)}
        if _MIRROR not in new.metadata.annotations:
            # A mirror pod says what a node runs, not what it may read.
            uses.update((resource, namespace, name) for resource, name in references_of(new))
        edges = self._pods[key] = _PodEdges(new.spec.node_name, frozenset(uses))
        for used in edges.uses:
            users = self._users.setdefault(used, {})
            users[edges.node] = users.get(edges.node, 0) + 1

    def _forget(self, key: tuple[str, str]) -> None:
        edges = self._pods.pop(key, None)
        if edges is None:
            return
        for used in edges.uses:
            users = self._users[used]
            users[edges.node] -= 1
            if not users[edges.node]:
                del users[edges.node]
            if not users:
                del self._users[used]

    def _volume_changed(self, old: PersistentVolume | None, new: PersistentVolume | None) -> None:
        volume = new or old
        if volume is None:
            return
        name = volume.metadata.name
        self._claim_of.pop(name, None)
        for secret in self._secrets_of.pop(name, ()):
            self._volumes_with[secret].discard(name)
            if not self._volumes_with[secret]:
                del self._volumes_with[secret]
        if new is None or new.spec.claim_ref is None:
            return
        self._claim_of[name] = ("persistentvolumeclaims", new.spec.claim_ref.namespace, new.spec.claim_ref.name)
        secrets = self._secrets_of[name] = node_secrets_of(new)
        for secret in secrets:
            self._volumes_with.setdefault(secret, set()).add(name)

    def _attachment_changed(self, old: VolumeAttachment | None, new: VolumeAttachment | None) -> None:
        if new is not None:
            self._node_of[("volumeattachments", new.metadata.name)] = new.spec.node_name
        elif old is not None:
            self._node_of.pop(("volumeattachments", old.metadata.name), None)

    def _slice_changed(self, old: ResourceSlice | None, new: ResourceSlice | None) -> None:
        if new is not None:
            self._node_of[("resourceslices", new.metadata.name)] = new.spec.node_name or ""
        elif old is not None:
            self._node_of.pop(("resourceslices", old.metadata.name), None)

    def related(self, node: str, resource: str, namespace: str, name: str) -> bool:
        """Whether the object is used by, or belongs to, the node."""
        if node in self._users.get((resource, namespace, name), ()):
            return True
        if resource == "persistentvolumes":
            return self._volume_related(node, name)
        if resource == "secrets":
            return any(self._volume_related(node, volume) for volume in self._volumes_with.get((namespace, name), ()))
        return self._node_of.get((resource, name)) == node

    def _volume_related(self, node: str, volume: str) -> bool:
        claim = self._claim_of.get(volume)
        return claim is not None and node in self._users.get(claim, ())


def _same_references(old: Pod, new: Pod) -> bool:
    return (
        old.spec.node_name == new.spec.node_name
        and old.metadata.uid == new.metadata.uid
        and len(old.spec.ephemeral_containers) == len(new.spec.ephemeral_containers)
        and old.status.resource_claim_statuses == new.status.resource_claim_statuses
        and old.status.extended_resource_claim_status == new.status.extended_resource_claim_status
    )
