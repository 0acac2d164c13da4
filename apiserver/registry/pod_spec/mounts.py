"""Where containers see volumes: mounts and block devices."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.volume_paths import local_descending
from minik8s.api.core_v1 import Container, EphemeralContainerCommon, Volume, VolumeMount

_PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
_READ_ONLY_MODES = ("Disabled", "Enabled", "IfPossible")


def _privileged(container: Container | EphemeralContainerCommon) -> bool:
    return container.security_context is not None and bool(container.security_context.privileged)


def _validate_recursive(mount: VolumeMount, path: str, errors: Errors) -> None:
    mode = mount.recursive_read_only
    if mode in ("Enabled", "IfPossible"):
        if not mount.read_only:
            errors.forbidden(path, "may only be specified when readOnly is true")
        if mount.mount_propagation not in (None, "None"):
            errors.forbidden(path, "may only be specified when mountPropagation is None or not specified")
    elif mode is not None and mode != "Disabled":
        errors.not_supported(path, mode, _READ_ONLY_MODES)


def validate_mounts(
    container: Container | EphemeralContainerCommon, volumes: dict[str, Volume], path: str, errors: Errors
) -> None:
    """Every mount names a volume of the pod and a place of its own."""
    devices = {device.name: device.device_path for device in container.volume_devices}
    places: set[str] = set()
    for index, mount in enumerate(container.volume_mounts):
        name, place = mount.name, mount.mount_path
        if not name:
            errors.required(f"{path}[{index}].name")
        if name not in volumes:
            errors.not_found(f"{path}[{index}].name", name)
        if not place:
            errors.required(f"{path}[{index}].mountPath")
        if place in places:
            errors.invalid(f"{path}[{index}].mountPath", place, "must be unique")
        places.add(place)
        if devices:
            if name in devices:
                errors.invalid(f"{path}[{index}].name", name, "must not already exist in volumeDevices")
            if place in devices.values():
                errors.invalid(f"{path}[{index}].mountPath", place, "must not already exist as a path in volumeDevices")
        if mount.sub_path:
            local_descending(mount.sub_path, f"{path}.subPath", errors)
        if mount.sub_path_expr:
            if mount.sub_path:
                errors.invalid(
                    f"{path}[{index}].subPathExpr",
                    mount.sub_path_expr,
                    "subPathExpr and subPath are mutually exclusive",
                )
            local_descending(mount.sub_path_expr, f"{path}.subPathExpr", errors)
        propagation = mount.mount_propagation
        if propagation is not None:
            if propagation not in _PROPAGATIONS:
                errors.not_supported(f"{path}.mountPropagation", propagation, _PROPAGATIONS)
            if propagation == "Bidirectional" and not _privileged(container):
                errors.forbidden(
                    f"{path}.mountPropagation",
                    "Bidirectional mount propagation is available only to privileged containers",
                )
        if mount.recursive_read_only is not None:
            _validate_recursive(mount, f"{path}.recursiveReadOnly", errors)


def validate_devices(
    container: Container | EphemeralContainerCommon, volumes: dict[str, Volume], path: str, errors: Errors
) -> None:
    """Every block device names a claim and a device file of its own."""
    mounts = {mount.name: mount.mount_path for mount in container.volume_mounts}
    names: set[str] = set()
    places: set[str] = set()
    for index, device in enumerate(container.volume_devices):
        name, place = device.name, device.device_path
        at_name, at_path = f"{path}[{index}].name", f"{path}[{index}].devicePath"
        volume = volumes.get(name)
        if not name:
            errors.required(at_name)
        if name in names:
            errors.invalid(at_name, name, "must be unique")
        if volume is not None and volume.persistent_volume_claim is None and volume.ephemeral is None:
            errors.invalid(
                at_name,
                name,
                "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
            )
        if volume is None:
            errors.not_found(at_name, name)
        if not place:
            errors.required(at_path)
        if place in places:
            errors.invalid(at_path, place, "must be unique")
        if ".." in place.split("/"):
            errors.invalid(at_path, place, "can not contain backsteps ('..')")
        else:
            places.add(place)
        if name in mounts:
            errors.invalid(at_name, name, "must not already exist in volumeMounts")
        if place in mounts.values():
            errors.invalid(at_path, place, "must not already exist as a path in volumeMounts")
        if name:
            names.add(name)
