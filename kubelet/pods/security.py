"""The rights of a container, from the Pod's and its own security context."""

from __future__ import annotations

from pathlib import Path

from kubelet.pods.declared import AnyContainer, full_name
from kubelet.pods.environment import ConfigError
from kubelet.runtime.types import Security
from minik8s.api.core_v1 import Pod, PodSecurityContext, SeccompProfile, SecurityContext


def effective(pod: Pod, container: AnyContainer) -> SecurityContext:
    """The container's security context with what it inherits from the Pod's."""
    own = container.security_context or SecurityContext()
    shared = pod.spec.security_context or PodSecurityContext()

    def either(mine: object, theirs: object) -> object:
        return mine if mine is not None else theirs

    return SecurityContext(
        capabilities=own.capabilities,
        privileged=own.privileged,
        se_linux_options=either(own.se_linux_options, shared.se_linux_options),  # type: ignore[arg-type]
        run_as_user=either(own.run_as_user, shared.run_as_user),  # type: ignore[arg-type]
        run_as_group=either(own.run_as_group, shared.run_as_group),  # type: ignore[arg-type]
        run_as_non_root=either(own.run_as_non_root, shared.run_as_non_root),  # type: ignore[arg-type]
        read_only_root_filesystem=own.read_only_root_filesystem,
        allow_privilege_escalation=own.allow_privilege_escalation,
        proc_mount=own.proc_mount,
        seccomp_profile=either(own.seccomp_profile, shared.seccomp_profile),  # type: ignore[arg-type]
        app_armor_profile=either(own.app_armor_profile, shared.app_armor_profile),  # type: ignore[arg-type]
    )


def security_of(pod: Pod, container: AnyContainer, image_user: str, profiles: Path, seccomp_default: bool) -> Security:
    """What the engine is told. Raises ConfigError."""
    context = effective(pod, container)
    _check_non_root(pod, container, context, image_user)
    shared = pod.spec.security_context or PodSecurityContext()
    groups = list(shared.supplemental_groups)
    if shared.fs_group is not None:
        groups.append(shared.fs_group)
    user = "" if context.run_as_user is None else str(context.run_as_user)
    if context.run_as_group is not None:
        if not user:
            user = image_user.partition(":")[0] or "0"
        user += f":{context.run_as_group}"
    capabilities = context.capabilities
    labels = context.se_linux_options
    return Security(
        user=user,
        groups=tuple(groups),
        privileged=bool(context.privileged),
        add_capabilities=tuple(capabilities.add) if capabilities else (),
        drop_capabilities=tuple(capabilities.drop) if capabilities else (),
        read_only_root=bool(context.read_only_root_filesystem),
        no_new_privileges=context.allow_privilege_escalation is False,
        seccomp=_seccomp(context.seccomp_profile, profiles, seccomp_default),
        apparmor=_apparmor(context),
        selinux=tuple(
            f"{key}:{value}"
            for key in ("user", "role", "type", "level")
            if labels is not None and (value := getattr(labels, key))
        ),
        unmasked_proc=context.proc_mount == "Unmasked",
    )


def _check_non_root(pod: Pod, container: AnyContainer, context: SecurityContext, image_user: str) -> None:
    if not context.run_as_non_root:
        return
    where = f'(pod: "{full_name(pod)}", container: {container.name})'
    if context.run_as_user is not None:
        if context.run_as_user == 0:
            raise ConfigError(f"container's runAsUser breaks non-root policy {where}")
        return
    name = image_user.partition(":")[0]
    if name and not name.isdigit():
        raise ConfigError(
            f"container has runAsNonRoot and image has non-numeric user ({name}), "
            f"cannot verify user is non-root {where}"
        )
    if not name or int(name) == 0:
        raise ConfigError(f"container has runAsNonRoot and image will run as root {where}")


def _seccomp(profile: SeccompProfile | None, profiles: Path, default: bool) -> str:
    if profile is None:
        return "" if default else "unconfined"
    if profile.type == "RuntimeDefault":
        return ""
    if profile.type == "Localhost":
        path = profiles / "seccomp" / (profile.localhost_profile or "")
        try:
            return path.read_text()
        except OSError as error:
            raise ConfigError(f"cannot load seccomp profile {path}: {error.strerror}") from None
    return "unconfined"


def _apparmor(context: SecurityContext) -> str:
    profile = context.app_armor_profile
    if profile is None or profile.type == "RuntimeDefault":
        return ""
    return "unconfined" if profile.type == "Unconfined" else profile.localhost_profile or ""
