"""The checks of the baseline level: known ways out of a container."""

from __future__ import annotations

from apiserver.admission.pod_security.findings import (
    Check,
    Finding,
    containers,
    contexts,
    counted,
    in_user_namespace,
    named,
    quoted,
    setters,
)
from minik8s.api.core_v1 import LifecycleHandler, PodSpec, Probe, SELinuxOptions
from minik8s.api.meta_v1 import ObjectMeta

_APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"

_CAPABILITIES = frozenset(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID "
    "SYS_CHROOT".split()
)
SYSCTLS = frozenset(
    "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range "
    "net.ipv4.ip_unprivileged_port_start".split()
)
SYSCTLS_27 = SYSCTLS | {"net.ipv4.ip_local_reserved_ports"}
SYSCTLS_29 = SYSCTLS_27 | frozenset(
    "net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl "
    "net.ipv4.tcp_keepalive_probes".split()
)
SYSCTLS_32 = SYSCTLS_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}
SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
SELINUX_TYPES_31 = SELINUX_TYPES | {"container_engine_t"}
CONFINING_PROFILES = ("RuntimeDefault", "Localhost")


def app_armor(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No AppArmor profile but the runtime's or one of the node's."""
    values = set()
    context = spec.security_context
    pod = False
    if context is not None and context.app_armor_profile is not None:
        pod = context.app_armor_profile.type not in CONFINING_PROFILES
        if pod:
            values.add(context.app_armor_profile.type)
    bad = []
    for name, own in contexts(spec):
        if own is not None and own.app_armor_profile is not None:
            if own.app_armor_profile.type not in CONFINING_PROFILES:
                bad.append(name)
                values.add(own.app_armor_profile.type)
    annotations = sorted(
        f'{key}="{value}"'
        for key, value in metadata.annotations.items()
        if key.startswith(_APPARMOR_ANNOTATION)
        and not (value in ("", "runtime/default") or value.startswith("localhost/"))
    )
    who = [text for text in (setters(pod, bad), counted("annotation", annotations) if annotations else "") if text]
    if not who:
        return None
    told = [*sorted(values), *annotations]
    reason = counted("forbidden AppArmor profile", told)
    return Finding(reason, f"{' and '.join(who)} must not set AppArmor profile type to {quoted(told)}")


def capabilities(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No capability beyond those a runtime gives by default."""
    bad, added = [], set()
    for name, context in contexts(spec):
        extra = set()
        if context is not None and context.capabilities is not None:
            extra = set(context.capabilities.add) - _CAPABILITIES
        if extra:
            bad.append(name)
            added |= extra
    if not bad:
        return None
    detail = f"{named('container', bad)} must not include {quoted(sorted(added))} in securityContext.capabilities.add"
    return Finding("non-default capabilities", detail)


def host_namespaces(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No namespace shared with the node."""
    shared = [
        f"{field}=true"
        for field, value in (
            ("hostNetwork", spec.host_network),
            ("hostPID", spec.host_pid),
            ("hostIPC", spec.host_ipc),
        )
        if value
    ]
    return Finding("host namespaces", ", ".join(shared)) if shared else None


def host_path_volumes(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No directory of the node."""
    bad = [volume.name for volume in spec.volumes if volume.host_path is not None]
    return Finding("hostPath volumes", named("volume", bad)) if bad else None


def host_ports(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No port of the node."""
    bad, ports = [], set()
    for container in containers(spec):
        used = {str(port.host_port) for port in container.ports if port.host_port}
        if used:
            bad.append(container.name)
            ports |= used
    if not bad:
        return None
    uses = "uses" if len(bad) == 1 else "use"
    return Finding(
        "hostPort", f"{named('container', bad)} {uses} {counted('hostPort', ports)} {', '.join(sorted(ports))}"
    )


def _hosts(handler: Probe | LifecycleHandler | None) -> set[str]:
    if handler is None:
        return set()
    actions = (handler.http_get, handler.tcp_socket)
    return {action.host for action in actions if action is not None and action.host}


def host_probes(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No probe or hook that makes the kubelet call another host."""
    bad, hosts = set(), set()
    for container in containers(spec):
        used = _hosts(container.liveness_probe) | _hosts(container.readiness_probe) | _hosts(container.startup_probe)
        if container.lifecycle is not None:
            used |= _hosts(container.lifecycle.post_start) | _hosts(container.lifecycle.pre_stop)
        if used:
            bad.add(container.name)
            hosts |= used
    if not bad:
        return None
    uses = "uses" if len(bad) == 1 else "use"
    what = counted("probe or lifecycle host", hosts)
    return Finding(
        "probe or lifecycle host", f"{named('container', sorted(bad))} {uses} {what} {quoted(sorted(hosts))}"
    )


def privileged(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No container that is as good as root on the node."""
    bad = [name for name, context in contexts(spec) if context is not None and context.privileged]
    if not bad:
        return None
    return Finding("privileged", f"{named('container', bad)} must not set securityContext.privileged=true")


def proc_mount(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No unmasked /proc."""
    bad, values = [], set()
    for name, context in contexts(spec):
        if context is not None and context.proc_mount not in (None, "Default"):
            bad.append(name)
            values.add(context.proc_mount or "")
    if not bad:
        return None
    detail = f"{named('container', bad)} must not set securityContext.procMount to {quoted(sorted(values))}"
    return Finding("procMount", detail)


def proc_mount_unless_user_namespace(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """The same, but for pods in a user namespace of their own."""
    return None if in_user_namespace(spec) else proc_mount(metadata, spec)


def selinux(types: frozenset[str]) -> Check:
    """No SELinux type but those made for containers, no user, no role."""

    def check(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
        forbidden: set[str] = set()
        flags: set[str] = set()

        def wrong(options: SELinuxOptions | None) -> bool:
            if options is None:
                return False
            if options.type not in types:
                forbidden.add(options.type)
            if options.user:
                flags.add("user")
            if options.role:
                flags.add("role")
            return options.type not in types or bool(options.user or options.role)

        pod = spec.security_context is not None and wrong(spec.security_context.se_linux_options)
        bad = [name for name, own in contexts(spec) if own is not None and wrong(own.se_linux_options)]
        who = setters(pod, bad)
        if not who:
            return None
        told = [f"{counted('type', forbidden)} {quoted(sorted(forbidden))}"] if forbidden else []
        told += [f"{flag} may not be set" for flag in ("user", "role") if flag in flags]
        return Finding("seLinuxOptions", f"{who} set forbidden securityContext.seLinuxOptions: {'; '.join(told)}")

    return check


def seccomp_annotations(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No annotation that takes seccomp away (before 1.19)."""
    keys = [_SECCOMP_POD_ANNOTATION, *(_SECCOMP_CONTAINER_ANNOTATION + c.name for c in containers(spec))]
    bad = set()
    for key in keys:
        value = metadata.annotations.get(key)
        if value is None or value in ("runtime/default", "docker/default") or value.startswith("localhost/"):
            continue
        bad.add(f'{key}="{value}"')
    if not bad:
        return None
    return Finding("seccompProfile", f"forbidden {counted('annotation', bad)} {', '.join(sorted(bad))}")


def seccomp(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No profile that takes seccomp away."""
    values = set()
    context = spec.security_context
    pod = False
    if context is not None and context.seccomp_profile is not None:
        pod = context.seccomp_profile.type not in CONFINING_PROFILES
        if pod:
            values.add(context.seccomp_profile.type)
    bad = []
    for name, own in contexts(spec):
        if own is not None and own.seccomp_profile is not None:
            if own.seccomp_profile.type not in CONFINING_PROFILES:
                bad.append(name)
                values.add(own.seccomp_profile.type)
    who = setters(pod, bad)
    if not who:
        return None
    detail = f"{who} must not set securityContext.seccompProfile.type to {quoted(sorted(values))}"
    return Finding("seccompProfile", detail)


def sysctls(allowed: frozenset[str]) -> Check:
    """No kernel parameter that reaches beyond the pod."""

    def check(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
        if spec.security_context is None:
            return None
        bad = [sysctl.name for sysctl in spec.security_context.sysctls if sysctl.name not in allowed]
        return Finding("forbidden sysctls", ", ".join(bad)) if bad else None

    return check


def windows_host_process(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """No process of the Windows node itself."""
    context = spec.security_context
    pod = context is not None and context.windows_options is not None and bool(context.windows_options.host_process)
    bad = [
        name
        for name, own in contexts(spec)
        if own is not None and own.windows_options is not None and own.windows_options.host_process
    ]
    who = setters(pod, bad)
    return (
        Finding("hostProcess", f"{who} must not set securityContext.windowsOptions.hostProcess=true") if who else None
    )
