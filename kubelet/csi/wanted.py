"""One volume of one Pod that a driver is to bring; what of the Pod and the cluster goes into the request."""

from __future__ import annotations

import dataclasses
import hashlib

from kubelet.csi.errors import CSIError
from kubelet.volumes.types import VolumeFailed
from minik8s.api.core_v1 import CSIVolumeSource, PersistentVolume, PersistentVolumeClaim, Pod, SecretReference
from minik8s.api.storage_v1 import CSIDriver
from minik8s.machinery.quoting import quote

Key = tuple[str, str]
"""A Pod's uid and the name of its volume, or of its inline volume."""


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """A volume a Pod names: a persistent one through its claim, or an inline one.

    `spec` is the name of the persistent volume, or of the inline one.
    """

    pod: Pod
    name: str
    spec: str
    driver: str
    handle: str
    read_only: bool = False
    volume: PersistentVolume | None = None
    claim: PersistentVolumeClaim | None = None
    inline: CSIVolumeSource | None = None

    @property
    def key(self) -> Key:
        """Which volume of which Pod."""
        return self.pod.metadata.uid, self.spec

    @property
    def block(self) -> bool:
        """Whether it is used as a device, without a file system."""
        return self.volume is not None and self.volume.spec.volume_mode == "Block"

    @property
    def unique(self) -> str:
        """How a node's status calls it."""
        return unique_name(self.driver, self.handle)

    @property
    def mode(self) -> str:
        """The way of access the driver is told."""
        modes = self.volume.spec.access_modes if self.volume is not None else ()
        return modes[0] if modes else "ReadWriteOnce"

    @property
    def fs_type(self) -> str:
        """The file system asked for; "" for the driver's own choice."""
        if self.inline is not None:
            return self.inline.fs_type or ""
        return self.volume.spec.csi.fs_type if self.volume is not None and self.volume.spec.csi is not None else ""

    @property
    def options(self) -> list[str]:
        """The mount options."""
        return self.volume.spec.mount_options if self.volume is not None else []

    @property
    def group(self) -> int | None:
        """The group that is to be able to use it."""
        context = self.pod.spec.security_context
        return context.fs_group if context is not None else None

    @property
    def context(self) -> dict[str, str]:
        """What the driver's own parameters say of it."""
        if self.inline is not None:
            return dict(self.inline.volume_attributes)
        source = self.volume.spec.csi if self.volume is not None else None
        return dict(source.volume_attributes) if source is not None else {}

    def publish_secret(self) -> SecretReference | None:
        """The Secret that goes with publishing."""
        if self.inline is not None:
            held = self.inline.node_publish_secret_ref
            namespace = self.pod.metadata.namespace
            return SecretReference(name=held.name, namespace=namespace) if held is not None else None
        source = self.volume.spec.csi if self.volume is not None else None
        return source.node_publish_secret_ref if source is not None else None

    def failed(self, what: str, why: object, again_in: float | None = None) -> VolumeFailed:
        """What failed and why, as the Pod is told."""
        reason = "FailedMapVolume" if self.block else "FailedMount"
        return VolumeFailed(f"{what} for volume {quote(self.spec)} : {why}", again_in, reason)

    def says(self, what: str, more: str) -> str:
        """An event's words for what was done."""
        return f"{what} for volume {quote(self.spec)} {more}"


def of_claim(
    pod: Pod, name: str, read_only: bool, volume: PersistentVolume, claim: PersistentVolumeClaim
) -> Wanted | None:
    """The volume behind a claim; None when it is no driver's."""
    source = volume.spec.csi
    if source is None:
        return None
    # What the volume itself says of being read only is for whoever attaches it.
    return Wanted(pod, name, volume.metadata.name, source.driver, source.volume_handle, read_only, volume, claim)


def of_inline(pod: Pod, name: str, source: CSIVolumeSource) -> Wanted:
    """An inline volume: it has the name that every kubelet gives it."""
    handle = "csi-" + hashlib.sha256(f"{pod.metadata.uid}{name}".encode()).hexdigest()
    return Wanted(pod, name, name, source.driver, handle, bool(source.read_only), inline=source)


def unique_name(driver: str, handle: str) -> str:
    """How a node's status calls a volume of a driver."""
    return f"kubernetes.io/csi/{driver}^{handle}"


def attachment_name(driver: str, handle: str, node: str) -> str:
    """The name of the VolumeAttachment that brings a volume to a node."""
    return "csi-" + hashlib.sha256(f"{handle}{driver}{node}".encode()).hexdigest()


def pod_attributes(wanted: Wanted) -> dict[str, str]:
    """What a driver with podInfoOnMount is told."""
    meta = wanted.pod.metadata
    return {
        "csi.storage.k8s.io/pod.name": meta.name,
        "csi.storage.k8s.io/pod.namespace": meta.namespace,
        "csi.storage.k8s.io/pod.uid": meta.uid,
        "csi.storage.k8s.io/serviceAccount.name": wanted.pod.spec.service_account_name,
        "csi.storage.k8s.io/ephemeral": "true" if wanted.inline is not None else "false",
    }


def check_lifecycle(wanted: Wanted, driver: CSIDriver | None) -> None:
    """Raises CSIError when the driver is not for this kind of volume."""
    mode = "Ephemeral" if wanted.inline is not None else "Persistent"
    if driver is None:
        if wanted.inline is None:
            return
        why = f'volume mode "{mode}" not supported by driver {wanted.driver} (no CSIDriver object)'
    elif mode in driver.spec.volume_lifecycle_modes:
        return
    else:
        listed = "[" + " ".join(quote(one) for one in driver.spec.volume_lifecycle_modes) + "]"
        why = f'volume mode "{mode}" not supported by driver {wanted.driver} (only supports {listed})'
    raise CSIError(f"kubernetes.io/csi: mounter.SetupAt failed to check volume lifecycle mode: {why}")


def gives_group(wanted: Wanted, driver: CSIDriver | None) -> bool:
    """Whether the kubelet gives the volume's files to the Pod's group, as the driver's policy says."""
    policy = (driver.spec.fs_group_policy if driver is not None else None) or "ReadWriteOnceWithFSType"
    if wanted.group is None or policy == "None" or wanted.read_only:
        return False
    if policy == "File":
        return True
    if not wanted.fs_type:
        return False
    if wanted.volume is None:
        return True
    return bool({"ReadWriteOnce", "ReadWriteOncePod"} & set(wanted.volume.spec.access_modes))
