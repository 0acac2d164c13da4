"""What happens in the cluster, as far as it may make a Pod schedulable."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple


class Action(enum.Flag):
    """What happened to an object; several can happen at once."""

    ADD = enum.auto()
    DELETE = enum.auto()
    UPDATE = enum.auto()
    """Something that no finer flag stands for."""
    NODE_ALLOCATABLE = enum.auto()
    NODE_LABEL = enum.auto()
    NODE_TAINT = enum.auto()
    NODE_CONDITION = enum.auto()
    NODE_ANNOTATION = enum.auto()
    POD_LABEL = enum.auto()
    POD_SCALE_DOWN = enum.auto()
    POD_TOLERATION = enum.auto()
    POD_GATES_GONE = enum.auto()
    POD_CLAIM_STATUS = enum.auto()


NODE, POD, PVC, PV, STORAGE_CLASS, CSI_NODE, CSI_DRIVER, CSI_CAPACITY, VOLUME_ATTACHMENT, CLAIM, SLICE, CLASS = (
    "Node",
    "Pod",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "CSINode",
    "CSIDriver",
    "CSIStorageCapacity",
    "VolumeAttachment",
    "ResourceClaim",
    "ResourceSlice",
    "DeviceClass",
)
NAMESPACE, SERVICE, OTHER = "Namespace", "Service", "*"


class Event(NamedTuple):
    """A change of one object. `old` is None when it was added, `new` when it was deleted.

    Events of Pods on nodes carry `PodInfo`, all others API objects. `label` is Kubernetes' name of the event.
    """

    resource: str
    action: Action
    old: Any = None
    new: Any = None

    def is_(self, resource: str, action: Action) -> bool:
        """Whether it is about that kind and one of those actions."""
        return self.resource == resource and bool(self.action & action)

    @property
    def label(self) -> str:
        """How metrics call it, such as `NodeAdd` or `AssignedPodDelete`."""
        resource = "AssignedPod" if self.resource == POD else self.resource
        if self.action & Action.ADD:
            return f"{resource}Add"
        if self.action & Action.DELETE:
            return f"{resource}Delete"
        return f"{resource}Update"


WILDCARD = Event(OTHER, Action.ADD)
"""Anything may have changed: Pods that waited too long are tried again."""
