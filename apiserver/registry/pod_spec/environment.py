"""Environment variables of containers and where their values come from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.pod_spec.volume_paths import no_backsteps
from minik8s.api.core_v1 import (
    Container,
    EnvFromSource,
    EnvVar,
    EnvVarSource,
    EphemeralContainerCommon,
    FileKeySelector,
    ObjectFieldSelector,
    PodSpec,
    ResourceFieldSelector,
)

ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
VOLUME_FIELDS = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)
_POD_FIELDS = frozenset((*ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"))
_CONTAINER_RESOURCES = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_BINARY_DIVISORS = frozenset(("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"))
_BINARY_TEXT = (
    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the {} resource"
)


@lru_cache(maxsize=1024)
def _field_problem(api_version: str, field_path: str) -> tuple[str, str, str]:
    """What a field selector names: an error, or its path and subscript (None-free: "" where absent)."""
    if api_version != "v1":
        return (f"error converting fieldPath: unsupported pod version: {api_version}", "", "")
    path, subscripted, rest = field_path.partition("['")
    if subscripted and rest.endswith("']"):
        if path in ("metadata.annotations", "metadata.labels"):
            return ("", path, rest[:-2])
        return (f"error converting fieldPath: field label does not support subscript: {field_path}", "", "")
    if field_path == "spec.host":
        return ("", "spec.nodeName", "")
    if field_path not in _POD_FIELDS:
        return (f"error converting fieldPath: field label not supported: {field_path}", "", "")
    return ("", field_path, "")


def validate_field_ref(selector: ObjectFieldSelector, allowed: tuple[str, ...], path: str, errors: Errors) -> None:
    """A field of the pod, possibly one label or annotation."""
    if not selector.api_version:
        errors.required(f"{path}.apiVersion")
        return
    if not selector.field_path:
        errors.required(f"{path}.fieldPath")
        return
    problem, field, subscript = _field_problem(selector.api_version, selector.field_path)
    if problem:
        errors.invalid(f"{path}.fieldPath", selector.field_path, problem)
    elif selector.field_path.endswith("']"):
        key = subscript.lower() if field == "metadata.annotations" else subscript
        errors.invalid_each(path, key, formats.qualified_name(key))
    elif field not in allowed:
        errors.not_supported(f"{path}.fieldPath", field, allowed)


def validate_resource_ref(selector: ResourceFieldSelector, path: str, errors: Errors, *, in_volume: bool) -> None:
    """A limit or request of a container."""
    name = selector.resource
    if in_volume and not selector.container_name:
        errors.required(f"{path}.containerName")
    elif not name:
        errors.required(f"{path}.resource")
    elif name not in _CONTAINER_RESOURCES and not name.startswith(("requests.hugepages-", "limits.hugepages-")):
        errors.not_supported(f"{path}.resource", name, _CONTAINER_RESOURCES)
    divisor = selector.divisor
    if divisor in ("", "0"):
        return
    kind = name.partition(".")[2]
    here = f"{path}.divisor"
    if kind == "cpu":
        if divisor not in ("1m", "1"):
            errors.invalid(here, name, "only divisor's values 1m and 1 are supported with the cpu resource")
    elif kind in ("memory", "ephemeral-storage") or kind.startswith("hugepages-"):
        if divisor not in _BINARY_DIVISORS:
            what = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}.get(kind, "hugepages")
            errors.invalid(here, name, _BINARY_TEXT.format(what))


def _validate_key(name: str, key: str, path: str, errors: Errors) -> None:
    if formats.dns_subdomain(name):
        errors.invalid_each(f"{path}.name", name, formats.dns_subdomain(name))
    if not key:
        errors.required(f"{path}.key")
    elif formats.config_map_key(key):
        errors.invalid_each(f"{path}.key", key, formats.config_map_key(key))


def _validate_file_key(selector: FileKeySelector, path: str, errors: Errors) -> None:
    if not selector.key:
        errors.required(f"{path}.key")
    else:
        errors.invalid_each(f"{path}.key", selector.key, formats.env_var_name(selector.key))
    if not selector.volume_name:
        errors.required(f"{path}.volumeName")
    else:
        errors.invalid_each(f"{path}.volumeName", selector.volume_name, formats.dns_label(selector.volume_name))
    if not selector.path:
        errors.required(f"{path}.path")
    else:
        no_backsteps(selector.path, f"{path}.path", errors)


def _validate_source(source: EnvVarSource, value: str, path: str, errors: Errors) -> None:
    count = 0
    if source.field_ref is not None:
        count += 1
        validate_field_ref(source.field_ref, ENV_FIELDS, f"{path}.fieldRef", errors)
    if source.resource_field_ref is not None:
        count += 1
        validate_resource_ref(source.resource_field_ref, f"{path}.resourceFieldRef", errors, in_volume=False)
    if source.config_map_key_ref is not None:
        count += 1
        found = source.config_map_key_ref
        _validate_key(found.name, found.key, f"{path}.configMapKeyRef", errors)
    if source.secret_key_ref is not None:
        count += 1
        _validate_key(source.secret_key_ref.name, source.secret_key_ref.key, f"{path}.secretKeyRef", errors)
    if source.file_key_ref is not None:
        count += 1
        _validate_file_key(source.file_key_ref, f"{path}.fileKeyRef", errors)
    if count == 0:
        errors.invalid(
            path,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        )
    elif value:
        errors.invalid(path, "", "may not be specified when `value` is not empty")
    elif count > 1:
        errors.invalid(path, "", "may not have more than one field specified at a time")


def validate_env(variables: list[EnvVar], path: str, errors: Errors) -> None:
    """Names, and one source each."""
    for index, variable in enumerate(variables):
        if not variable.name:
            errors.required(f"{path}[{index}].name")
        elif formats.env_var_name(variable.name):
            errors.invalid_each(f"{path}[{index}].name", variable.name, formats.env_var_name(variable.name))
        if variable.value_from is not None:
            _validate_source(variable.value_from, variable.value, f"{path}[{index}].valueFrom", errors)


def validate_env_from(sources: list[EnvFromSource], path: str, errors: Errors) -> None:
    """Whole ConfigMaps and Secrets as variables."""
    for index, source in enumerate(sources):
        here = f"{path}[{index}]"
        if source.prefix:
            errors.invalid_each(f"{here}.prefix", source.prefix, formats.env_var_name(source.prefix))
        count = 0
        for name, found in (("configMapRef", source.config_map_ref), ("secretRef", source.secret_ref)):
            if found is None:
                continue
            count += 1
            if not found.name:
                errors.required(f"{here}.{name}.name")
            else:
                errors.invalid_each(f"{here}.{name}.name", found.name, formats.dns_subdomain_prefix(found.name))
        if count == 0:
            errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif count > 1:
            errors.invalid(path, "", "may not have more than one field specified at a time")


def _file_volumes(container: Container | EphemeralContainerCommon) -> list[tuple[int, str]]:
    return [
        (index, variable.value_from.file_key_ref.volume_name)
        for index, variable in enumerate(container.env)
        if variable.value_from is not None and variable.value_from.file_key_ref is not None
    ]


def validate_file_volumes(spec: PodSpec, path: str, errors: Errors) -> None:
    """Files that hold variables lie in emptyDir volumes of the pod."""
    groups: tuple[tuple[str, Sequence[Container | EphemeralContainerCommon]], ...] = (
        ("initContainers", spec.init_containers),
        ("containers", spec.containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    )
    for group, containers in groups:
        for at, container in enumerate(containers):
            for index, name in _file_volumes(container) if container.env else ():
                here = f"{path}.{group}[{at}].env[{index}].valueFrom.fileKeyRef.volumeName"
                volume = next((v for v in spec.volumes if v.name == name), None)
                if volume is None:
                    errors.not_found(here, name)
                elif volume.empty_dir is None:
                    errors.invalid(here, name, "referenced volume must be of type emptyDir")
