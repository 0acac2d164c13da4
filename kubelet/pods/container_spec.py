"""From a declared container to all the engine has to know to make it."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path

from kubelet import labels
from kubelet.pods import security
from kubelet.pods.declared import AnyContainer, container_hash, grace_seconds
from kubelet.pods.env_files import read_key
from kubelet.pods.environment import ConfigError, environment, expand
from kubelet.pods.resources import resources_of
from kubelet.pods.state import PodState
from kubelet.runtime.types import ContainerSpec, Details, Device, Image, Mount
from kubelet.volumes import sub_path
from minik8s.api.core_v1 import EphemeralContainer
from minik8s.machinery import quantity

_PROPAGATION = {"Bidirectional": "rshared", "HostToContainer": "rslave"}
_MESSAGE_PATH = "/dev/termination-log"


async def container_spec(
    state: PodState, container: AnyContainer, image: Image, sandbox: Details, attempt: int
) -> ContainerSpec:
    """All the engine has to know. Raises ConfigError, VolumeError."""
    context, pod = state.context, state.pod
    config, settings, spec = context.config, context.settings, pod.spec
    volumes = state.volumes or {}
    hollow = context.volumes is None
    variables: dict[str, str] = {}
    if not hollow:
        services = context.services()
        variables = await environment(pod, container, services, context.sources, lambda key: read_key(volumes, key))
    folder = settings.pod_dir(pod.metadata.uid)
    message_file = folder / "containers" / container.name / uuid.uuid4().hex[:8]
    mounts: tuple[Mount, ...] = ()
    if not hollow:
        mounts = await asyncio.to_thread(_mounts, state, container, variables, folder, message_file)
    stop_signal = container.lifecycle.stop_signal if container.lifecycle is not None else None
    return ContainerSpec(
        name=labels.container_name(
            container.name, pod.metadata.name, pod.metadata.namespace, pod.metadata.uid, attempt
        ),
        sandbox_id=sandbox.id,
        image=image.id,
        labels={
            labels.TYPE: labels.CONTAINER_TYPE,
            labels.NODE: settings.node_name,
            labels.POD_NAME: pod.metadata.name,
            labels.POD_NAMESPACE: pod.metadata.namespace,
            labels.POD_UID: pod.metadata.uid,
            labels.CONTAINER_NAME: container.name,
            labels.CONTAINER_HASH: container_hash(container),
            labels.RESTART_COUNT: str(attempt),
            labels.SANDBOX_ID: sandbox.id,
            labels.MESSAGE_PATH: str(message_file),
            labels.MESSAGE_POLICY: container.termination_message_policy or "File",
            labels.GRACE_SECONDS: str(grace_seconds(pod)),
        },
        command=tuple(expand(word, variables) for word in container.command),
        args=tuple(expand(word, variables) for word in container.args),
        working_dir=container.working_dir,
        env=tuple(variables.items()),
        mounts=mounts,
        devices=() if hollow else _devices(state, container),
        resources=resources_of(pod, container, context.memory_capacity, config.cpu_cfs_quota, config.pod_pids_limit),
        security=security.security_of(pod, container, image.user, settings.root_dir, config.seccomp_default),
        cgroup_parent=state.cgroup,
        stdin=container.stdin,
        stdin_once=container.stdin_once,
        tty=container.tty,
        pid=_pid_namespace(state, container, sandbox),
        host_network=spec.host_network,
        host_ipc=spec.host_ipc,
        stop_signal=stop_signal or "",
        once=any(one.name == container.name and one.restart_policy != "Always" for one in spec.init_containers),
        log_max_size=quantity.value(config.container_log_max_size),
        log_max_files=config.container_log_max_files,
    )


def _pid_namespace(state: PodState, container: AnyContainer, sandbox: Details) -> str:
    if state.pod.spec.host_pid:
        return "host"
    if isinstance(container, EphemeralContainer) and container.target_container_name:
        target = state.observed.newest(container.target_container_name)
        if target is None or not target.running:
            raise ConfigError(f'unable to find target container "{container.target_container_name}"')
        return target.id
    return sandbox.id if state.pod.spec.share_process_namespace else ""


def _devices(state: PodState, container: AnyContainer) -> tuple[Device, ...]:
    found = []
    for wanted in container.volume_devices:
        volume = (state.volumes or {}).get(wanted.name)
        if volume is None or not volume.block:
            raise ConfigError(f'cannot find volume "{wanted.name}" to pass into container "{container.name}"')
        found.append(Device(str(volume.path), wanted.device_path, "mr" if volume.read_only else "mrw"))
    return tuple(found)


def _mounts(
    state: PodState, container: AnyContainer, variables: dict[str, str], folder: Path, message_file: Path
) -> tuple[Mount, ...]:
    pod = state.pod
    found = []
    context = pod.spec.security_context
    for wanted in container.volume_mounts:
        volume = (state.volumes or {}).get(wanted.name) or state.image_volumes.get(wanted.name)
        if volume is None:
            raise ConfigError(f'cannot find volume "{wanted.name}" to mount into container "{container.name}"')
        source, part = volume.path, wanted.sub_path
        if wanted.sub_path_expr:
            part = expand(wanted.sub_path_expr, variables)
            if "$(" in part:
                raise ConfigError(f"cannot expand subPathExpr {wanted.sub_path_expr!r}")
        if part:
            source = sub_path.resolve(source, part, context.fs_group if context is not None else None)
        found.append(
            Mount(
                str(source),
                wanted.mount_path,
                wanted.read_only or volume.read_only,
                _PROPAGATION.get(wanted.mount_propagation or "", ""),
            )
        )
    taken = {os.path.normpath(m.target) for m in found}
    if "/etc/hosts" not in taken and (folder / "etc-hosts").exists():
        found.append(Mount(str(folder / "etc-hosts"), "/etc/hosts"))
    if "/etc/resolv.conf" not in taken and (folder / "resolv.conf").exists():
        found.append(Mount(str(folder / "resolv.conf"), "/etc/resolv.conf"))
    where = container.termination_message_path or _MESSAGE_PATH
    if os.path.normpath(where) not in taken:
        message_file.parent.mkdir(parents=True, exist_ok=True)
        message_file.touch()
        os.chmod(message_file, 0o666)
        found.append(Mount(str(message_file), where))
    return tuple(found)
