"""The files of configMap, secret, downwardAPI and projected volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kubelet.pods.downward import DownwardError, Surroundings, field_value, resource_value
from kubelet.volumes.atomic import File
from kubelet.volumes.types import Sources, VolumeError
from minik8s.api.core_v1 import ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, ProjectedVolumeSource, Secret

DEFAULT_MODE = 0o644
Files = dict[str, File]


def data_of(obj: ConfigMap | Secret) -> dict[str, bytes]:
    """All keys of a ConfigMap or Secret with their bytes."""
    if isinstance(obj, Secret):
        return dict(obj.data)
    found = {key: value.encode() for key, value in obj.data.items()}
    return found | obj.binary_data


def keyed(data: Mapping[str, bytes], items: Iterable[KeyToPath], mode: int, optional: bool, what: str) -> Files:
    """The files of an object's keys: all, or those `items` name. Raises VolumeError."""
    wanted = list(items)
    if not wanted:
        return {key: File(content, mode) for key, content in data.items()}
    files = {}
    for item in wanted:
        if item.key not in data:
            if optional:
                continue
            raise VolumeError(f"{what} key: {item.key}")
        files[item.path] = File(data[item.key], item.mode if item.mode is not None else mode)
    return files


async def config_map_files(
    sources: Sources, namespace: str, name: str, items: Iterable[KeyToPath], mode: int, optional: bool
) -> Files:
    """The files of a ConfigMap; none when it is optional and not there. Raises VolumeError."""
    found = await sources.config_map(namespace, name)
    if found is None:
        if optional:
            return {}
        raise VolumeError(f'configmap "{name}" not found')
    return keyed(data_of(found), items, mode, optional, "configmap references non-existent config")


async def secret_files(
    sources: Sources, namespace: str, name: str, items: Iterable[KeyToPath], mode: int, optional: bool
) -> Files:
    """The files of a Secret; none when it is optional and not there. Raises VolumeError."""
    found = await sources.secret(namespace, name)
    if found is None:
        if optional:
            return {}
        raise VolumeError(f'secret "{name}" not found')
    return keyed(data_of(found), items, mode, optional, "references non-existent secret")


def downward_files(pod: Pod, items: Iterable[DownwardAPIVolumeFile], mode: int, around: Surroundings) -> Files:
    """The files of the downward API. Raises VolumeError."""
    files = {}
    for item in items:
        try:
            if item.field_ref is not None:
                text = field_value(item.field_ref, pod, around)
            elif item.resource_field_ref is not None:
                text = resource_value(item.resource_field_ref, pod, None, around)
            else:
                continue
        except DownwardError as error:
            raise VolumeError(str(error)) from None
        files[item.path] = File(text.encode(), item.mode if item.mode is not None else mode)
    return files


async def projected_files(sources: Sources, pod: Pod, source: ProjectedVolumeSource) -> Files:
    """The files of all sources together. Raises VolumeError."""
    mode = source.default_mode if source.default_mode is not None else DEFAULT_MODE
    namespace = pod.metadata.namespace
    files: Files = {}
    for part in source.sources:
        if part.config_map is not None:
            held = part.config_map
            files |= await config_map_files(sources, namespace, held.name, held.items, mode, bool(held.optional))
        elif part.secret is not None:
            kept = part.secret
            files |= await secret_files(sources, namespace, kept.name, kept.items, mode, bool(kept.optional))
        elif part.downward_api is not None:
            files |= downward_files(pod, part.downward_api.items, mode, sources.surroundings(pod))
        elif part.service_account_token is not None:
            asked = part.service_account_token
            token = await sources.token(pod, asked.audience, asked.expiration_seconds or 3600)
            files[asked.path] = _token_file(pod, token, mode)
        else:
            raise VolumeError("this kubelet cannot project a cluster trust bundle or a pod certificate")
    return files


def _token_file(pod: Pod, token: str, mode: int) -> File:
    """Only who runs the containers may read a token, where that is known, and the group of the Pod's volumes."""
    context = pod.spec.security_context
    shared = context.run_as_user if context is not None else None
    users = set()
    for container in (*pod.spec.init_containers, *pod.spec.containers):
        own = container.security_context
        users.add(own.run_as_user if own is not None and own.run_as_user is not None else shared)
    user = next(iter(users)) if len(users) == 1 else None
    grouped = context is not None and context.fs_group is not None
    return File(token.encode(), 0o600 if grouped or user is not None else mode, user)
