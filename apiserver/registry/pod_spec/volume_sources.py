"""Volume sources that reach outside the pod: host paths, disks, file servers, drivers.

The sources of pods and of persistent volumes differ only in how they refer to secrets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.volume_paths import no_backsteps
from minik8s.api.core_v1 import (
    AzureDiskVolumeSource,
    FCVolumeSource,
    FlexPersistentVolumeSource,
    FlexVolumeSource,
    FlockerVolumeSource,
    HostPathVolumeSource,
    ISCSIPersistentVolumeSource,
    ISCSIVolumeSource,
    NFSVolumeSource,
    QuobyteVolumeSource,
    StorageOSPersistentVolumeSource,
    StorageOSVolumeSource,
)

Check = Callable[[Any, str, Errors], None]
_HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_IQN = re.compile(r"iqn\.\d{4}-\d{2}\.([a-zA-Z0-9\-.]+)(:[^,;*&$|\s]+)\Z", re.ASCII)
_EUI = re.compile(r"eui.[a-zA-Z0-9]{16}\Z")
_NAA = re.compile(r"naa.[a-zA-Z0-9]{32}\Z")
_LUN = "must be between 0 and 255, inclusive"
_PARTITION = "must be between 1 and 255, inclusive"
_QUOBYTE = "must be a host:port pair or multiple pairs separated by commas"
_MANAGED_URI = ("/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}",)
_BLOB_URI = ("https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd",)


def validate_host_path(source: HostPathVolumeSource, path: str, errors: Errors) -> None:
    """A file or directory of the node."""
    if not source.path:
        errors.required(f"{path}.path")
        return
    no_backsteps(source.path, f"{path}.path", errors)
    if source.type is not None and source.type not in _HOST_PATH_TYPES:
        errors.not_supported(f"{path}.type", source.type, _HOST_PATH_TYPES)


def _iscsi_name_ok(name: str) -> bool:
    if name.startswith("iqn"):
        return _IQN.search(name) is not None
    return (_EUI if name.startswith("eui") else _NAA).match(name) is not None


def _validate_iscsi_name(name: str, path: str, errors: Errors, unknown: str) -> None:
    if not name.startswith(("iqn", "eui", "naa")):
        errors.invalid(path, name, unknown)
    elif not _iscsi_name_ok(name):
        errors.invalid(path, name, "must be valid format")


def validate_iscsi(source: ISCSIVolumeSource | ISCSIPersistentVolumeSource, path: str, errors: Errors) -> None:
    """A target, its name and its logical unit."""
    for_volume = isinstance(source, ISCSIPersistentVolumeSource)
    unknown = "must be valid format" if for_volume else "must be valid format starting with iqn, eui, or naa"
    if not source.target_portal:
        errors.required(f"{path}.targetPortal")
    if not source.iqn:
        errors.required(f"{path}.iqn")
    else:
        _validate_iscsi_name(source.iqn, f"{path}.iqn", errors, unknown)
    if not 0 <= source.lun <= 255:
        errors.invalid(f"{path}.lun", source.lun, _LUN)
    if (source.chap_auth_discovery or source.chap_auth_session) and source.secret_ref is None:
        errors.required(f"{path}.secretRef")
    if for_volume and source.secret_ref is not None and not source.secret_ref.name:
        errors.required(f"{path}.secretRef.name")
    if source.initiator_name is not None:
        _validate_iscsi_name(source.initiator_name, f"{path}.initiatorname", errors, unknown)


def validate_nfs(source: NFSVolumeSource, path: str, errors: Errors) -> None:
    """A server and an exported directory."""
    if not source.server:
        errors.required(f"{path}.server")
    if not source.path:
        errors.required(f"{path}.path")
    if not source.path.startswith("/"):
        errors.invalid(f"{path}.path", source.path, "must be an absolute path")


def validate_fc(source: FCVolumeSource, path: str, errors: Errors) -> None:
    """World wide names with a logical unit, or identifiers."""
    here = f"{path}.targetWWNs"
    if not source.target_wwns and not source.wwids:
        errors.required(here, "must specify either targetWWNs or wwids, but not both")
    if source.target_wwns and source.wwids:
        errors.invalid(here, source.target_wwns, "targetWWNs and wwids can not be specified simultaneously")
    if source.target_wwns:
        if source.lun is None:
            errors.required(f"{path}.lun", "lun is required if targetWWNs is specified")
        elif not 0 <= source.lun <= 255:
            errors.invalid(f"{path}.lun", source.lun, _LUN)


def _host_and_port(pair: str) -> bool:
    host, colon, _ = pair.rpartition(":")
    if not colon:
        return False
    return (host.startswith("[") and host.endswith("]")) or ":" not in host


def validate_quobyte(source: QuobyteVolumeSource, path: str, errors: Errors) -> None:
    """Registries and a volume."""
    if not source.registry:
        errors.required(f"{path}.registry", _QUOBYTE)
    elif len(source.tenant) >= 65:
        errors.required(f"{path}.tenant", "must be a UUID and may not exceed a length of 64 characters")
    else:
        for pair in source.registry.split(","):
            if not _host_and_port(pair):
                errors.invalid(f"{path}.registry", source.registry, _QUOBYTE)
    if not source.volume:
        errors.required(f"{path}.volume")


def validate_flocker(source: FlockerVolumeSource, path: str, errors: Errors) -> None:
    """A data set by name or by identifier."""
    if not source.dataset_name and not source.dataset_uuid:
        errors.required(path, "one of datasetName and datasetUUID is required")
    if source.dataset_name and source.dataset_uuid:
        errors.invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")
    if "/" in source.dataset_name:
        errors.invalid(f"{path}.datasetName", source.dataset_name, "must not contain '/'")


def validate_flex(source: FlexVolumeSource | FlexPersistentVolumeSource, path: str, errors: Errors) -> None:
    """A driver; its options stay out of Kubernetes' own namespaces."""
    if not source.driver:
        errors.required(f"{path}.driver")
    for key in source.options:
        domain = f".{key.partition('/')[0].lower()}"
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            errors.invalid(f"{path}.options[{key}]", key, "kubernetes.io and k8s.io namespaces are reserved")


def validate_azure_disk(source: AzureDiskVolumeSource, path: str, errors: Errors) -> None:
    """A disk, managed or a blob."""
    if not source.disk_name:
        errors.required(f"{path}.diskName")
    if not source.disk_uri:
        errors.required(f"{path}.diskURI")
    modes = ("None", "ReadOnly", "ReadWrite")
    if source.caching_mode is not None and source.caching_mode not in modes:
        errors.not_supported(f"{path}.cachingMode", source.caching_mode, modes)
    kinds = ("Dedicated", "Managed", "Shared")
    if source.kind is not None and source.kind not in kinds:
        errors.not_supported(f"{path}.kind", source.kind, kinds)
    if source.kind == "Managed" and not source.disk_uri.startswith("/subscriptions/"):
        errors.not_supported(f"{path}.diskURI", source.disk_uri, _MANAGED_URI)
    if source.kind not in (None, "Managed") and not source.disk_uri.startswith("https://"):
        errors.not_supported(f"{path}.diskURI", source.disk_uri, _BLOB_URI)


def validate_storage_os(
    source: StorageOSVolumeSource | StorageOSPersistentVolumeSource, path: str, errors: Errors
) -> None:
    """A volume's name, its namespace, its secret."""
    if not source.volume_name:
        errors.required(f"{path}.volumeName")
    else:
        errors.invalid_each(f"{path}.volumeName", source.volume_name, formats.dns_label(source.volume_name))
    if source.volume_namespace:
        errors.invalid_each(
            f"{path}.volumeNamespace", source.volume_namespace, formats.dns_label(source.volume_namespace)
        )
    if source.secret_ref is not None:
        if not source.secret_ref.name:
            errors.required(f"{path}.secretRef.name")
        if isinstance(source, StorageOSPersistentVolumeSource) and not source.secret_ref.namespace:
            errors.required(f"{path}.secretRef.namespace")


def validate_driver_name(name: str, path: str, errors: Errors) -> None:
    """The name of a CSI driver."""
    if not name:
        errors.required(path)
        return
    if len(name.encode()) > 63:
        errors.too_long(path, 63)
    errors.invalid_each(path, name, formats.dns_subdomain(name.lower()))


def _needs(*names: str) -> Check:
    def check(source: Any, path: str, errors: Errors) -> None:
        for attribute, json_name in rows:
            if not getattr(source, attribute):
                errors.required(f"{path}.{json_name}")

    rows = [tuple(name.split(":")) for name in names]
    return check


def _disk(attribute: str, json_name: str) -> Check:
    def check(source: Any, path: str, errors: Errors) -> None:
        if not getattr(source, attribute):
            errors.required(f"{path}.{json_name}")
        if not 0 <= source.partition <= 255:
            errors.invalid(f"{path}.partition", source.partition, _PARTITION)

    return check


def _glusterfs(source: Any, path: str, errors: Errors) -> None:
    if not source.endpoints:
        errors.required(f"{path}.endpoints")
    if not source.path:
        errors.required(f"{path}.path")
    namespace = getattr(source, "endpoints_namespace", None)
    if namespace == "":
        errors.invalid(
            f"{path}.endpointsNamespace",
            "",
            "if the endpointnamespace is set, it must be a valid namespace name",
        )
    elif namespace is not None:
        errors.invalid_each(f"{path}.endpointsNamespace", namespace, formats.dns_label(namespace))


def _cinder(source: Any, path: str, errors: Errors) -> None:
    if not source.volume_id:
        errors.required(f"{path}.volumeID")
    secret = source.secret_ref
    if secret is not None:
        if not secret.name:
            errors.required(f"{path}.secretRef.name")
        if getattr(secret, "namespace", None) == "":
            errors.required(f"{path}.secretRef.namespace")


def _azure_file(source: Any, path: str, errors: Errors) -> None:
    if not source.secret_name:
        errors.required(f"{path}.secretName")
    if not source.share_name:
        errors.required(f"{path}.shareName")
    if getattr(source, "secret_namespace", None) == "":
        errors.required(f"{path}.secretNamespace")


# attribute -> (its name in "more than one" errors, its path in its own errors, the check)
SHARED_SOURCES: dict[str, tuple[str, str, Check]] = {
    "host_path": ("hostPath", "hostPath", validate_host_path),
    "gce_persistent_disk": ("gcePersistentDisk", "persistentDisk", _disk("pd_name", "pdName")),
    "aws_elastic_block_store": ("awsElasticBlockStore", "awsElasticBlockStore", _disk("volume_id", "volumeID")),
    "nfs": ("nfs", "nfs", validate_nfs),
    "iscsi": ("iscsi", "iscsi", validate_iscsi),
    "glusterfs": ("glusterfs", "glusterfs", _glusterfs),
    "flocker": ("flocker", "flocker", validate_flocker),
    "rbd": ("rbd", "rbd", _needs("monitors:monitors", "image:image")),
    "cinder": ("cinder", "cinder", _cinder),
    "cephfs": ("cephFS", "cephfs", _needs("monitors:monitors")),
    "quobyte": ("quobyte", "quobyte", validate_quobyte),
    "fc": ("fc", "fc", validate_fc),
    "flex_volume": ("flexVolume", "flexVolume", validate_flex),
    "azure_file": ("azureFile", "azureFile", _azure_file),
    "vsphere_volume": ("vsphereVolume", "vsphereVolume", _needs("volume_path:volumePath")),
    "photon_persistent_disk": ("photonPersistentDisk", "photonPersistentDisk", _needs("pd_id:pdID")),
    "portworx_volume": ("portworxVolume", "portworxVolume", _needs("volume_id:volumeID")),
    "azure_disk": ("azureDisk", "azureDisk", validate_azure_disk),
    "storageos": ("storageos", "storageos", validate_storage_os),
    "scale_io": ("scaleIO", "scaleIO", _needs("gateway:gateway", "system:system", "volume_name:volumeName")),
}

__all__ = ["SHARED_SOURCES", "Check", "validate_driver_name", "validate_host_path"]
