"""From the kubelet's wishes to the documents Docker's API takes."""

from __future__ import annotations

from typing import Any

from kubelet.runtime.types import ContainerSpec, Resources, SandboxSpec


def sandbox_config(spec: SandboxSpec, image: str, oom_score_adj: int) -> dict[str, Any]:
    """The create request of a sandbox: it holds namespaces and does nothing."""
    host: dict[str, Any] = {
        "NetworkMode": "host" if spec.host_network else "none",
        "IpcMode": "host" if spec.host_ipc else "shareable",
        "PidMode": "host" if spec.host_pid else "",
        "CgroupParent": spec.cgroup_parent,
        "Sysctls": spec.sysctls,
        "CpuShares": 2,
        "OomScoreAdj": oom_score_adj,
        "LogConfig": {"Type": "none"},
        "SecurityOpt": ["no-new-privileges"],
        "Binds": [],
    }
    return {
        "Image": image,
        "Hostname": spec.hostname[:63],
        "Labels": spec.labels,
        "NetworkDisabled": False,
        "HostConfig": host,
    }


def container_config(
    spec: ContainerSpec, oom_score_adj: int, capabilities: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """The create request of a container that lives in a sandbox.

    `capabilities` are those this machine has, where it lacks some: the engine cannot give what it has not got.
    """
    joined = f"container:{spec.sandbox_id}"
    host: dict[str, Any] = {
        "NetworkMode": joined,
        "IpcMode": "host" if spec.host_ipc else joined,
        "PidMode": spec.pid if spec.pid in ("", "host") else f"container:{spec.pid}",
        "CgroupParent": spec.cgroup_parent,
        "Mounts": [_mount(m) for m in spec.mounts],
        "Devices": [
            {"PathOnHost": d.source, "PathInContainer": d.target, "CgroupPermissions": d.permissions}
            for d in spec.devices
        ],
        "LogConfig": {
            "Type": "json-file",
            "Config": {"max-size": str(spec.log_max_size), "max-file": str(spec.log_max_files)},
        },
        "OomScoreAdj": oom_score_adj,
        **_limits(spec.resources),
        **_security(spec),
    }
    if capabilities is not None:
        _make_do(host, capabilities)
    config: dict[str, Any] = {
        "Image": spec.image,
        "Labels": spec.labels,
        "Env": [f"{name}={value}" for name, value in spec.env],
        "WorkingDir": spec.working_dir,
        "OpenStdin": spec.stdin,
        "StdinOnce": spec.stdin_once,
        "Tty": spec.tty,
        "User": spec.security.user,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": host,
    }
    if spec.command:
        config["Entrypoint"] = list(spec.command)
    if spec.args or spec.command:
        config["Cmd"] = list(spec.args)
    if spec.stop_signal:
        config["StopSignal"] = spec.stop_signal
    return config


def update_config(resources: Resources) -> dict[str, Any]:
    """The update request that changes a running container's limits."""
    return _limits(resources)


def _limits(resources: Resources) -> dict[str, Any]:
    limits: dict[str, Any] = {
        "CpuShares": resources.cpu_shares,
        "CpuPeriod": resources.cpu_period if resources.cpu_quota else 0,
        "CpuQuota": resources.cpu_quota,
        "Memory": resources.memory,
        # No swap beyond the memory limit: a container that needs more is killed, not slowed.
        "MemorySwap": resources.memory,
    }
    if resources.pids:
        limits["PidsLimit"] = resources.pids
    return limits


def _mount(mount: Any) -> dict[str, Any]:
    options = {"Propagation": mount.propagation} if mount.propagation else {}
    return {
        "Type": "bind",
        "Source": mount.source,
        "Target": mount.target,
        "ReadOnly": mount.read_only,
        "BindOptions": options,
    }


def _security(spec: ContainerSpec) -> dict[str, Any]:
    security = spec.security
    options = []
    if security.seccomp:
        options.append(f"seccomp={security.seccomp}")
    if security.apparmor:
        options.append(f"apparmor={security.apparmor}")
    if security.no_new_privileges:
        options.append("no-new-privileges")
    options += [f"label={label}" for label in security.selinux]
    found: dict[str, Any] = {
        "Privileged": security.privileged,
        "CapAdd": list(security.add_capabilities),
        "CapDrop": list(security.drop_capabilities),
        "ReadonlyRootfs": security.read_only_root,
        "GroupAdd": [str(group) for group in security.groups],
        "SecurityOpt": options,
    }
    if security.unmasked_proc:
        found["MaskedPaths"], found["ReadonlyPaths"] = [], []
    return found


def _make_do(host: dict[str, Any], capabilities: tuple[str, ...]) -> None:
    """All rights, as far as this machine has them: privileged asks for every capability there is and would fail."""
    if host["Privileged"]:
        host["Privileged"], host["CapAdd"], host["CapDrop"] = False, list(capabilities), []
        host["SecurityOpt"] = ["seccomp=unconfined", "apparmor=unconfined", "label=disable"]
        host["MaskedPaths"], host["ReadonlyPaths"] = [], []
        host["DeviceCgroupRules"] = ["a *:* rwm"]
        taken = {mount["Target"] for mount in host["Mounts"]}
        for folder in ("/dev", "/sys"):
            if folder not in taken:
                host["Mounts"].append({"Type": "bind", "Source": folder, "Target": folder, "ReadOnly": False})
    elif "ALL" in host["CapAdd"]:
        host["CapAdd"] = [*(c for c in host["CapAdd"] if c != "ALL"), *capabilities]
