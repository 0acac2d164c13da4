"""Files of volumes made from objects: keys of ConfigMaps and Secrets, fields of the pod."""

from __future__ import annotations

from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.environment import VOLUME_FIELDS, validate_field_ref, validate_resource_ref
from apiserver.registry.pod_spec.volume_paths import file_mode, local_non_reserved
from minik8s.api.core_v1 import DownwardAPIVolumeFile, KeyToPath


def validate_item(item: KeyToPath, path: str, errors: Errors) -> None:
    """A key and the file it becomes."""
    if not item.key:
        errors.required(f"{path}.key")
    if not item.path:
        errors.required(f"{path}.path")
    local_non_reserved(item.path, f"{path}.path", errors)
    file_mode(item.mode, f"{path}.mode", errors)


def validate_items(items: list[KeyToPath], path: str, errors: Errors) -> None:
    """Keys and the files they become."""
    for index, item in enumerate(items):
        validate_item(item, f"{path}[{index}]", errors)


def validate_downward_file(item: DownwardAPIVolumeFile, path: str, errors: Errors) -> None:
    """A file that holds a field or a resource; all files of a source are reported at the source."""
    if not item.path:
        errors.required(f"{path}.path")
    local_non_reserved(item.path, f"{path}.path", errors)
    if item.field_ref is not None:
        validate_field_ref(item.field_ref, VOLUME_FIELDS, f"{path}.fieldRef", errors)
        if item.resource_field_ref is not None:
            errors.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
    elif item.resource_field_ref is not None:
        validate_resource_ref(item.resource_field_ref, f"{path}.resourceFieldRef", errors, in_volume=True)
    else:
        errors.required(path, "one of fieldRef and resourceFieldRef is required")
    file_mode(item.mode, f"{path}.mode", errors)
