"""A container's environment: its services, what it takes from ConfigMaps and Secrets, and its own variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from kubelet.pods.declared import AnyContainer
from kubelet.pods.downward import DownwardError, field_value, resource_value
from kubelet.volumes.contents import data_of
from kubelet.volumes.types import Sources
from minik8s.api.core_v1 import EnvVarSource, FileKeySelector, Pod, Service

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_NAME = re.compile(r"[^=]+")
FileReader = Callable[[FileKeySelector], str | None]


class ConfigError(Exception):
    """The container cannot be configured (CreateContainerConfigError)."""


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace `$(NAME)`; `$$` is a dollar, an unknown name stays as it is written."""

    def one(found: re.Match[str]) -> str:
        if found[1] is None:
            return "$"
        return values.get(found[1], found[0])

    return _REFERENCE.sub(one, text)


async def environment(
    pod: Pod, container: AnyContainer, services: Iterable[Service], sources: Sources, files: FileReader
) -> dict[str, str]:
    """All variables of a container. Raises ConfigError."""
    found: dict[str, str] = {}
    for part in container.env_from:
        data = await _all_of(pod, part.config_map_ref, part.secret_ref, sources)
        for key, value in data.items():
            if _NAME.fullmatch(part.prefix + key):
                found[part.prefix + key] = value
    served = service_variables(pod, services)
    for variable in container.env:
        if variable.value_from is None:
            found[variable.name] = expand(variable.value, served | found)
            continue
        value_or_none = await _value_from(pod, container, variable.value_from, sources, files)
        if value_or_none is not None:
            found[variable.name] = value_or_none
    return {name: value for name, value in served.items() if name not in found} | found


async def _all_of(pod: Pod, config_map: object, secret: object, sources: Sources) -> dict[str, str]:
    from minik8s.api.core_v1 import ConfigMapEnvSource, SecretEnvSource

    namespace = pod.metadata.namespace
    if isinstance(config_map, ConfigMapEnvSource):
        held = await sources.config_map(namespace, config_map.name)
        if held is None and not config_map.optional:
            raise ConfigError(f'configmap "{config_map.name}" not found')
        return dict(held.data) if held is not None else {}
    if isinstance(secret, SecretEnvSource):
        kept = await sources.secret(namespace, secret.name)
        if kept is None and not secret.optional:
            raise ConfigError(f'secret "{secret.name}" not found')
        return {k: v.decode(errors="replace") for k, v in data_of(kept).items()} if kept is not None else {}
    return {}


async def _value_from(
    pod: Pod, container: AnyContainer, source: EnvVarSource, sources: Sources, files: FileReader
) -> str | None:
    namespace = pod.metadata.namespace
    try:
        if source.field_ref is not None:
            return field_value(source.field_ref, pod, sources.surroundings(pod))
        if source.resource_field_ref is not None:
            return resource_value(source.resource_field_ref, pod, container, sources.surroundings(pod))
    except DownwardError as error:
        raise ConfigError(str(error)) from None
    if (wanted := source.config_map_key_ref) is not None:
        held = await sources.config_map(namespace, wanted.name)
        if held is None:
            if wanted.optional:
                return None
            raise ConfigError(f'configmap "{wanted.name}" not found')
        if wanted.key not in held.data:
            if wanted.optional:
                return None
            raise ConfigError(f"couldn't find key {wanted.key} in ConfigMap {namespace}/{wanted.name}")
        return held.data[wanted.key]
    if (asked := source.secret_key_ref) is not None:
        kept = await sources.secret(namespace, asked.name)
        if kept is None:
            if asked.optional:
                return None
            raise ConfigError(f'secret "{asked.name}" not found')
        data = data_of(kept)
        if asked.key not in data:
            if asked.optional:
                return None
            raise ConfigError(f"couldn't find key {asked.key} in Secret {namespace}/{asked.name}")
        return data[asked.key].decode(errors="replace")
    if source.file_key_ref is not None:
        found = files(source.file_key_ref)
        if found is None and not source.file_key_ref.optional:
            raise ConfigError(f'environment variable key "{source.file_key_ref.key}" not found in file')
        return found
    return None


def service_variables(pod: Pod, services: Iterable[Service]) -> dict[str, str]:
    """The variables that name the Services of the Pod's namespace, and always the API server."""
    links = pod.spec.enable_service_links is not False
    found: dict[str, str] = {}
    for service in sorted(services, key=lambda s: (s.metadata.namespace != "default", s.metadata.name)):
        meta, spec = service.metadata, service.spec
        api = (meta.namespace, meta.name) == ("default", "kubernetes")
        if not api and not (links and meta.namespace == pod.metadata.namespace):
            continue
        if not spec.cluster_ip or spec.cluster_ip == "None" or not spec.ports:
            continue
        found |= _of_service(service)
    return found


def _of_service(service: Service) -> dict[str, str]:
    spec, name = service.spec, service.metadata.name.upper().replace("-", "_")
    host = spec.cluster_ip
    found = {f"{name}_SERVICE_HOST": host, f"{name}_SERVICE_PORT": str(spec.ports[0].port)}
    for port in spec.ports:
        if port.name:
            found[f"{name}_SERVICE_PORT_{port.name.upper().replace('-', '_')}"] = str(port.port)
    for index, port in enumerate(spec.ports):
        protocol = port.protocol or "TCP"
        bracketed = f"[{host}]" if ":" in host else host
        url = f"{protocol.lower()}://{bracketed}:{port.port}"
        if index == 0:
            found[f"{name}_PORT"] = url
        prefix = f"{name}_PORT_{port.port}_{protocol.upper()}"
        found |= {
            prefix: url,
            f"{prefix}_PROTO": protocol.lower(),
            f"{prefix}_PORT": str(port.port),
            f"{prefix}_ADDR": host,
        }
    return found
