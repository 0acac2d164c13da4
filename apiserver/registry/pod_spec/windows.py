"""Windows: its options, its host process pods, and what each operating system forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from minik8s.api.core_v1 import Container, EphemeralContainer, PodSpec, WindowsSecurityContextOptions

_SPEC_MAX_KIB = 64
_DOMAIN_MAX = 256
_USER_MAX = 104
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NETBIOS = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}')
_DNS_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DNS_DOMAIN = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*")
_BAD_USER = re.compile(r'["/\\:;|=,+*?<>@\[\]]')
_DOTS_AND_SPACES = re.compile(r"[. ]+")
_WINDOWS = "cannot be set for a windows pod"
_LINUX = "windows options cannot be set for a linux pod"


def containers_with_paths(spec: PodSpec, path: str) -> Iterator[tuple[Container | EphemeralContainer, str]]:
    """Every container with its path: init, regular, ephemeral."""
    for index, container in enumerate(spec.init_containers):
        yield container, f"{path}.initContainers[{index}]"
    for index, container in enumerate(spec.containers):
        yield container, f"{path}.containers[{index}]"
    for index, ephemeral in enumerate(spec.ephemeral_containers):
        yield ephemeral, f"{path}.ephemeralContainers[{index}]"


def _validate_user_name(name: str, path: str, errors: Errors) -> None:
    if not name:
        errors.invalid(path, name, "runAsUserName cannot be an empty string")
        return
    if _CONTROL.search(name):
        errors.invalid(path, name, "runAsUserName cannot contain control characters")
        return
    domain, separator, user = name.partition("\\")
    if "\\" in user:
        errors.invalid(path, name, "runAsUserName cannot contain more than one backslash")
        return
    if not separator:
        domain, user = "", name
    if len(domain) >= _DOMAIN_MAX:
        errors.invalid(path, name, f"runAsUserName's Domain length must be under {_DOMAIN_MAX} characters")
    if separator and not (_NETBIOS.fullmatch(domain) or _DNS_DOMAIN.fullmatch(domain)):
        errors.invalid(path, name, "runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    if not user:
        errors.invalid(path, name, "runAsUserName's User cannot be empty")
    elif len(user) > _USER_MAX:
        errors.invalid(path, name, f"runAsUserName's User length must not be longer than {_USER_MAX} characters")
    if _DOTS_AND_SPACES.fullmatch(user):
        errors.invalid(path, name, "runAsUserName's User cannot contain only periods or spaces")
    if _BAD_USER.search(user):
        errors.invalid(path, name, "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")


def validate_windows_options(options: WindowsSecurityContextOptions | None, path: str, errors: Errors) -> None:
    """Names of credentials and users."""
    if options is None:
        return
    name = options.gmsa_credential_spec_name
    if name is not None:
        errors.invalid_each(f"{path}.gmsaCredentialSpecName", name, formats.dns_subdomain(name))
    spec = options.gmsa_credential_spec
    if spec is not None:
        if not spec:
            errors.invalid(f"{path}.gmsaCredentialSpec", spec, "gmsaCredentialSpec cannot be an empty string")
        elif len(spec.encode()) > _SPEC_MAX_KIB * 1024:
            errors.invalid(
                f"{path}.gmsaCredentialSpec", spec, f"gmsaCredentialSpec size must be under {_SPEC_MAX_KIB} KiB"
            )
    if options.run_as_user_name is not None:
        _validate_user_name(options.run_as_user_name, f"{path}.runAsUserName", errors)


def validate_host_process(spec: PodSpec, path: str, errors: Errors) -> None:
    """All containers of a pod are host processes, or none is."""
    context = spec.security_context
    options = context.windows_options if context is not None else None
    of_pod = options.host_process if options is not None else None
    total = host = 0
    for container, here in containers_with_paths(spec, path):
        total += 1
        mine = None
        if container.security_context is not None and container.security_context.windows_options is not None:
            mine = container.security_context.windows_options.host_process
        if of_pod is not None and mine is not None and mine != of_pod:
            errors.invalid(
                f"{here}.securityContext.windowsOptions.hostProcess",
                mine,
                f"pod hostProcess value must be identical if both are specified, was {str(of_pod).lower()}",
            )
        if mine or (mine is None and of_pod):
            host += 1
    if not host:
        return
    if host != total:
        errors.invalid(
            path,
            "",
            "If pod contains any hostProcess containers then all containers must be HostProcess containers",
        )
    if not spec.host_network:
        errors.invalid(
            f"{path}.hostNetwork", False, "hostNetwork must be true if pod contains any hostProcess containers"
        )


def validate_linux(spec: PodSpec, path: str, errors: Errors) -> None:
    """No Windows options on Linux."""
    context = spec.security_context
    if context is not None and context.windows_options is not None:
        errors.forbidden(f"{path}.securityContext.windowsOptions", _LINUX)
    for container, here in containers_with_paths(spec, path):
        if container.security_context is not None and container.security_context.windows_options is not None:
            errors.forbidden(f"{here}.securityContext.windowsOptions", _LINUX)


def validate_windows(spec: PodSpec, path: str, errors: Errors) -> None:
    """Nothing of Linux on Windows."""
    context = spec.security_context
    if context is not None:
        inside = f"{path}.securityContext"
        for found, here in (
            (context.app_armor_profile is not None, f"{inside}.appArmorProfile"),
            (context.se_linux_options is not None, f"{inside}.seLinuxOptions"),
            (spec.host_users is not None, f"{path}.hostUsers"),
            (spec.host_pid, f"{path}.hostPID"),
            (spec.host_ipc, f"{path}.hostIPC"),
            (context.seccomp_profile is not None, f"{inside}.seccompProfile"),
            (context.fs_group is not None, f"{inside}.fsGroup"),
            (context.fs_group_change_policy is not None, f"{inside}.fsGroupChangePolicy"),
            (bool(context.sysctls), f"{inside}.sysctls"),
            (spec.share_process_namespace is not None, f"{path}.shareProcessNamespace"),
            (context.run_as_user is not None, f"{inside}.runAsUser"),
            (context.run_as_group is not None, f"{inside}.runAsGroup"),
            (bool(context.supplemental_groups), f"{inside}.supplementalGroups"),
            (context.supplemental_groups_policy is not None, f"{inside}.supplementalGroupsPolicy"),
            (context.se_linux_change_policy is not None, f"{inside}.seLinuxChangePolicy"),
        ):
            if found:
                errors.forbidden(here, _WINDOWS)
    for container, at in containers_with_paths(spec, path):
        mine = container.security_context
        if mine is None:
            continue
        for name, value in (
            ("appArmorProfile", mine.app_armor_profile),
            ("seLinuxOptions", mine.se_linux_options),
            ("seccompProfile", mine.seccomp_profile),
            ("capabilities", mine.capabilities),
            ("readOnlyRootFilesystem", mine.read_only_root_filesystem),
            ("privileged", mine.privileged),
            ("allowPrivilegeEscalation", mine.allow_privilege_escalation),
            ("procMount", mine.proc_mount),
            ("runAsUser", mine.run_as_user),
            ("runAsGroup", mine.run_as_group),
        ):
            if value is not None:
                errors.forbidden(f"{at}.securityContext.{name}", _WINDOWS)
