"""What volumes are made of, and why one could not be made."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from kubelet.pods.downward import Surroundings
from minik8s.api.core_v1 import ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret


class VolumeError(Exception):
    """The volume cannot be made now; the message is for the Pod's event."""


class VolumeFailed(VolumeError):
    """The message is whole: it says itself what failed of which volume. Try again after `again_in` seconds.

    `reason` is that of the Pod's event.
    """

    def __init__(self, message: str, again_in: float | None = None, reason: str = "FailedMount") -> None:
        super().__init__(message)
        self.again_in, self.reason = again_in, reason


class LimitExceeded(VolumeFailed):
    """No more volumes can be attached to this node: the Pod has to run elsewhere."""


class VolumeWaits(VolumeError):
    """Nothing failed: the volume is being made, or another one has to act first. The Pod is woken then.

    `again_in` is after how many seconds it is to be asked for at the latest; `unattached`: this node does not have it
    yet; `late`: it takes so long that the Pod is to be told.
    """

    def __init__(
        self, message: str, again_in: float | None = None, unattached: bool = False, late: bool = False
    ) -> None:
        super().__init__(message)
        self.again_in, self.unattached, self.late = again_in, unattached, late


@dataclasses.dataclass(frozen=True, slots=True)
class Mounted:
    """A volume that is there: where on the node, whether it may only be read, whether it is a device.

    `plugin` is who made it, by Kubernetes' names; of a CSI driver it is CSI and the driver's own name.
    """

    path: Path
    read_only: bool = False
    block: bool = False
    plugin: str = ""


CSI = "kubernetes.io/csi:"
"""How plugin names of drivers begin."""


Volumes = Mapping[str, Mounted]
"""A Pod's volumes by name."""


class Sources(Protocol):
    """Where volumes get their contents."""

    async def config_map(self, namespace: str, name: str) -> ConfigMap | None:
        """A ConfigMap as it is now; None when there is none."""
        ...

    async def secret(self, namespace: str, name: str) -> Secret | None:
        """A Secret as it is now; None when there is none."""
        ...

    async def token(self, pod: Pod, audience: str, seconds: int) -> str:
        """A token of the Pod's service account; the same one until it nears its end."""
        ...

    async def claim(self, namespace: str, name: str) -> PersistentVolumeClaim | None:
        """A claim."""
        ...

    async def persistent_volume(self, name: str) -> PersistentVolume | None:
        """A persistent volume."""
        ...

    def surroundings(self, pod: Pod) -> Surroundings:
        """What the downward API tells."""
        ...
