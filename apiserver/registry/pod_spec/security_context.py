"""Security contexts of pods and containers."""

from __future__ import annotations

import re

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.internal_form import internal_form
from apiserver.registry.pod_spec.volume_paths import local_descending
from apiserver.registry.pod_spec.windows import validate_windows_options
from minik8s.api.core_v1 import (
    AppArmorProfile,
    PodSecurityContext,
    PodSpec,
    SeccompProfile,
    SecurityContext,
    Sysctl,
)

_SYSCTL_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL_PATTERN = rf"^({_SYSCTL_SEGMENT}[\./])*{_SYSCTL_SEGMENT}$"
_SYSCTL = re.compile(_SYSCTL_PATTERN.replace("$", r"\Z"))
_SYSCTL_MAX = 253
_PROFILE_TYPES = ("Localhost", "RuntimeDefault", "Unconfined")
_APP_ARMOR_MAX = 4095
_IPC_SYSCTLS = frozenset({"kernel.sem", "kernel.shm_rmid_forced"})
_IPC_PREFIXES = ("kernel.msg", "kernel.shm", "fs.mqueue.")


def validate_seccomp(profile: SeccompProfile | None, path: str, errors: Errors) -> None:
    """A seccomp profile: its kind, and the file a local one needs."""
    if profile is None:
        return
    if not profile.type:
        errors.required(f"{path}.type", "type is required when seccompProfile is set")
    elif profile.type not in _PROFILE_TYPES:
        errors.not_supported(f"{path}.type", profile.type, _PROFILE_TYPES)
    if profile.type == "Localhost":
        if profile.localhost_profile is None:
            errors.required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost")
        else:
            local_descending(profile.localhost_profile, f"{path}.localhostProfile", errors)
    elif profile.localhost_profile is not None:
        errors.invalid(
            f"{path}.localhostProfile", internal_form(profile), "can only be set when seccomp type is Localhost"
        )


def validate_app_armor(profile: AppArmorProfile | None, path: str, errors: Errors) -> None:
    """An AppArmor profile: its kind, and the name a local one needs."""
    if profile is None:
        return
    name = profile.localhost_profile
    here = f"{path}.localhostProfile"
    match profile.type:
        case "Localhost":
            if name is None:
                errors.required(here, "must be set when AppArmor type is Localhost")
                return
            if name.strip() != name:
                errors.invalid(here, name, "must not be padded with whitespace")
            elif not name:
                errors.required(here, "must be set when AppArmor type is Localhost")
            if len(name.encode()) > _APP_ARMOR_MAX:
                errors.too_long(here, _APP_ARMOR_MAX)
        case "RuntimeDefault" | "Unconfined":
            if name is not None:
                errors.invalid(here, name, "can only be set when AppArmor type is Localhost")
        case "":
            errors.required(f"{path}.type", "type is required when appArmorProfile is set")
        case _:
            errors.not_supported(f"{path}.type", profile.type, _PROFILE_TYPES)


def _normal_sysctl(name: str) -> str:
    first = next((c for c in name if c in "./"), ".")
    return name if first == "." else name.translate(str.maketrans("./", "/."))


def host_sysctl(name: str, spec: PodSpec) -> str:
    """Why a namespaced sysctl may not be set in a pod that shares the host's namespace, "" if it may."""
    name = _normal_sysctl(name)
    if spec.host_network and name.startswith("net."):
        return "may not be specified when 'hostNetwork' is true"
    if spec.host_ipc and (name in _IPC_SYSCTLS or name.startswith(_IPC_PREFIXES)):
        return "may not be specified when 'hostIPC' is true"
    return ""


def _validate_sysctls(sysctls: list[Sysctl], spec: PodSpec, path: str, errors: Errors, host_namespaces: bool) -> None:
    names: set[str] = set()
    for index, sysctl in enumerate(sysctls):
        here = f"{path}[{index}].name"
        if not sysctl.name:
            errors.required(here)
        elif len(sysctl.name) > _SYSCTL_MAX or not _SYSCTL.match(sysctl.name):
            errors.invalid(
                here, sysctl.name, f"must have at most {_SYSCTL_MAX} characters and match regex {_SYSCTL_PATTERN}"
            )
        elif sysctl.name in names:
            errors.duplicate(here, sysctl.name)
        if not host_namespaces:
            why = host_sysctl(sysctl.name, spec)
            if why:
                errors.invalid(here, sysctl.name, why)
        names.add(sysctl.name)


def _validate_ids(context: PodSecurityContext | SecurityContext, path: str, errors: Errors) -> None:
    if context.run_as_user is not None and not formats.is_id(context.run_as_user):
        errors.invalid(f"{path}.runAsUser", context.run_as_user, formats.ID_RANGE)
    if context.run_as_group is not None and not formats.is_id(context.run_as_group):
        errors.invalid(f"{path}.runAsGroup", context.run_as_group, formats.ID_RANGE)


def validate_pod_context(
    context: PodSecurityContext,
    spec: PodSpec,
    path: str,
    errors: Errors,
    *,
    host_namespaces: bool,
    any_selinux_change_policy: bool,
) -> None:
    """What holds for every container of a pod."""
    if context.fs_group is not None and not formats.is_id(context.fs_group):
        errors.invalid(f"{path}.fsGroup", context.fs_group, formats.ID_RANGE)
    _validate_ids(context, path, errors)
    for index, group in enumerate(context.supplemental_groups):
        if not formats.is_id(group):
            errors.invalid(f"{path}.supplementalGroups[{index}]", group, formats.ID_RANGE)
    if spec.share_process_namespace and spec.host_pid:
        errors.invalid(
            f"{path}.shareProcessNamespace", True, "ShareProcessNamespace and HostPID cannot both be enabled"
        )
    if context.sysctls:
        _validate_sysctls(context.sysctls, spec, f"{path}.sysctls", errors, host_namespaces)
    policy = context.fs_group_change_policy
    if policy is not None and policy not in ("Always", "OnRootMismatch"):
        errors.not_supported(f"{path}.fsGroupChangePolicy", policy, ("Always", "OnRootMismatch"))
    validate_seccomp(context.seccomp_profile, f"{path}.seccompProfile", errors)
    validate_windows_options(context.windows_options, f"{path}.windowsOptions", errors)
    validate_app_armor(context.app_armor_profile, f"{path}.appArmorProfile", errors)
    policy = context.supplemental_groups_policy
    if policy is not None and policy not in ("Merge", "Strict"):
        errors.not_supported(f"{path}.supplementalGroupsPolicy", policy, ("Merge", "Strict"))
    policy = context.se_linux_change_policy
    if policy is not None:
        allowed = ("MountOption", "Recursive") if any_selinux_change_policy else ("Recursive",)
        if policy not in allowed:
            errors.not_supported(f"{path}.seLinuxChangePolicy", policy, allowed)


def validate_context(context: SecurityContext, path: str, errors: Errors, *, host_users: bool) -> None:
    """What holds for one container."""
    _validate_ids(context, path, errors)
    mount = context.proc_mount
    if mount is not None:
        if mount not in ("Default", "Unmasked"):
            errors.not_supported(f"{path}.procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            errors.invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`")
    validate_seccomp(context.seccomp_profile, f"{path}.seccompProfile", errors)
    if context.allow_privilege_escalation is False:
        if context.privileged:
            errors.invalid(
                path,
                internal_form(context),
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            )
        for capability in context.capabilities.add if context.capabilities is not None else ():
            if capability == "CAP_SYS_ADMIN":
                errors.invalid(
                    path,
                    internal_form(context),
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
                )
    validate_windows_options(context.windows_options, f"{path}.windowsOptions", errors)
    validate_app_armor(context.app_armor_profile, f"{path}.appArmorProfile", errors)
