"""Volumes, claims, and the kinds of storage.k8s.io."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiserver.tables.core import DATED
from apiserver.tables.printer import Column, Printer, columns
from apiserver.tables.text import UNSET, age, modes

_DEFAULT_CLASS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_CLASS = "volume.beta.kubernetes.io/storage-class"


def _class_name(obj: Any) -> str:
    old: str | None = obj.metadata.annotations.get(_CLASS)
    return old if old is not None else obj.spec.storage_class_name or ""


def _phase(obj: Any) -> str:
    return "Terminating" if obj.metadata.deletion_timestamp is not None else obj.status.phase


def _volume(obj: Any, now: datetime) -> list[Any]:
    spec, claim = obj.spec, obj.spec.claim_ref
    return [
        obj.metadata.name,
        spec.capacity.get("storage", "0"),
        modes(spec.access_modes),
        spec.persistent_volume_reclaim_policy,
        _phase(obj),
        f"{claim.namespace}/{claim.name}" if claim is not None else "",
        _class_name(obj),
        UNSET if spec.volume_attributes_class_name is None else spec.volume_attributes_class_name,
        obj.status.reason,
        age(obj, now),
        spec.volume_mode or UNSET,
    ]


def _claim(obj: Any, now: datetime) -> list[Any]:
    spec, bound = obj.spec, obj.spec.volume_name
    return [
        obj.metadata.name,
        _phase(obj),
        bound,
        obj.status.capacity.get("storage", "0") if bound else "",
        modes(obj.status.access_modes) if bound else "",
        _class_name(obj),
        UNSET if spec.volume_attributes_class_name is None else spec.volume_attributes_class_name,
        age(obj, now),
        spec.volume_mode or UNSET,
    ]


def _class(obj: Any, now: datetime) -> list[Any]:
    marked = any(obj.metadata.annotations.get(name) == "true" for name in _DEFAULT_CLASS)
    return [
        obj.metadata.name + (" (default)" if marked else ""),
        obj.provisioner,
        obj.reclaim_policy or "Delete",
        obj.volume_binding_mode or "Immediate",
        bool(obj.allow_volume_expansion),
        age(obj, now),
    ]


def _driver(obj: Any, now: datetime) -> list[Any]:
    spec = obj.spec
    return [
        obj.metadata.name,
        spec.attach_required is not False,
        bool(spec.pod_info_on_mount),
        bool(spec.storage_capacity),
        ",".join(each.audience for each in spec.token_requests) or UNSET,
        bool(spec.requires_republish),
        ",".join(spec.volume_lifecycle_modes) or "<none>",
        age(obj, now),
    ]


def _node(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, len(obj.spec.drivers), age(obj, now)]


def _attachment(obj: Any, now: datetime) -> list[Any]:
    spec = obj.spec
    volume = spec.source.persistent_volume_name or ""
    return [obj.metadata.name, spec.attacher, volume, spec.node_name, obj.status.attached, age(obj, now)]


def _attributes(obj: Any, now: datetime) -> list[Any]:
    return [obj.metadata.name, obj.driver_name, age(obj, now)]


PRINTERS = {
    "csidrivers": Printer(
        columns(
            "Name",
            "AttachRequired:boolean",
            "PodInfoOnMount:boolean",
            "StorageCapacity:boolean",
            "TokenRequests",
            "RequiresRepublish:boolean",
            "Modes",
            "Age",
        ),
        _driver,
    ),
    "csinodes": Printer(columns("Name", "Drivers:integer", "Age"), _node),
    "csistoragecapacities": DATED,
    "persistentvolumeclaims": Printer(
        columns(
            "Name",
            "Status",
            "Volume",
            "Capacity",
            "Access Modes",
            "StorageClass",
            "VolumeAttributesClass",
            "Age",
            wide="VolumeMode",
        ),
        _claim,
    ),
    "persistentvolumes": Printer(
        columns(
            "Name",
            "Capacity",
            "Access Modes",
            "Reclaim Policy",
            "Status",
            "Claim",
            "StorageClass",
            "VolumeAttributesClass",
            "Reason",
            "Age",
            wide="VolumeMode",
        ),
        _volume,
    ),
    "storageclasses": Printer(
        columns("Name", "Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"), _class
    ),
    "volumeattachments": Printer(
        (
            *columns("Name"),
            Column("Attacher", format="name"),
            *columns("PV", "Node", "Attached:boolean", "Age"),
        ),
        _attachment,
    ),
    "volumeattributesclasses": Printer(columns("Name", "DriverName", "Age"), _attributes),
}
