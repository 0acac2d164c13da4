"""Which checks make up a level at a version, and their verdict on a pod."""

from __future__ import annotations

from functools import cache

from apiserver.admission.pod_security import baseline, restricted
from apiserver.admission.pod_security.findings import Check, Finding
from apiserver.admission.pod_security.levels import PRIVILEGED, RESTRICTED, LevelVersion
from minik8s.api.core_v1 import PodSpec
from minik8s.api.meta_v1 import ObjectMeta

# Check -> (minor version from which on, function), in the order findings are told.
_BASELINE: dict[str, tuple[tuple[int, Check], ...]] = {
    "appArmorProfile": ((0, baseline.app_armor),),
    "capabilities": ((0, baseline.capabilities),),
    "hostNamespaces": ((0, baseline.host_namespaces),),
    "hostPathVolumes": ((0, baseline.host_path_volumes),),
    "hostPorts": ((0, baseline.host_ports),),
    "hostProbes": ((34, baseline.host_probes),),
    "privileged": ((0, baseline.privileged),),
    "procMount": ((0, baseline.proc_mount), (35, baseline.proc_mount_unless_user_namespace)),
    "seLinuxOptions": (
        (0, baseline.selinux(baseline.SELINUX_TYPES)),
        (31, baseline.selinux(baseline.SELINUX_TYPES_31)),
    ),
    "seccompProfile": ((0, baseline.seccomp_annotations), (19, baseline.seccomp)),
    "sysctls": (
        (0, baseline.sysctls(baseline.SYSCTLS)),
        (27, baseline.sysctls(baseline.SYSCTLS_27)),
        (29, baseline.sysctls(baseline.SYSCTLS_29)),
        (32, baseline.sysctls(baseline.SYSCTLS_32)),
    ),
    "windowsHostProcess": ((0, baseline.windows_host_process),),
}
_RESTRICTED: dict[str, tuple[tuple[int, Check], ...]] = {
    "allowPrivilegeEscalation": (
        (8, restricted.privilege_escalation),
        (25, restricted.unless_windows(restricted.privilege_escalation)),
    ),
    "capabilities": (
        (22, restricted.capabilities),
        (25, restricted.unless_windows(restricted.capabilities)),
    ),
    "procMount": ((35, baseline.proc_mount),),
    "restrictedVolumes": ((0, restricted.volumes),),
    "runAsNonRoot": ((0, restricted.non_root), (35, restricted.unless_user_namespace(restricted.non_root))),
    "runAsUser": ((23, restricted.user), (35, restricted.unless_user_namespace(restricted.user))),
    "seccompProfile": (
        (19, restricted.seccomp_required),
        (25, restricted.unless_windows(restricted.seccomp_required)),
    ),
}
# A stricter check speaks instead of the baseline's, not beside it.
_REPLACES = {
    "capabilities": "capabilities",
    "procMount": "procMount",
    "restrictedVolumes": "hostPathVolumes",
    "seccompProfile": "seccompProfile",
}
_NEWEST = 99


def _as_of(versions: tuple[tuple[int, Check], ...], minor: int) -> Check | None:
    found = None
    for since, check in versions:
        if since <= minor:
            found = check
    return found


@cache
def checks_of(level: str, minor: int | None) -> tuple[Check, ...]:
    """The checks of a level as of a minor version (None: the latest)."""
    if level == PRIVILEGED:
        return ()
    as_of = _NEWEST if minor is None else minor
    strict = {}
    if level == RESTRICTED:
        strict = {name: check for name in _RESTRICTED if (check := _as_of(_RESTRICTED[name], as_of)) is not None}
    replaced = {_REPLACES[name] for name in strict if name in _REPLACES}
    basic = [_as_of(versions, as_of) for name, versions in _BASELINE.items() if name not in replaced]
    return (*(check for check in basic if check is not None), *strict.values())


def evaluate(wanted: LevelVersion, metadata: ObjectMeta, spec: PodSpec) -> list[Finding]:
    """What the level forbids about the pod; empty when it is allowed."""
    checks = checks_of(wanted.level, wanted.minor)
    return [finding for check in checks if (finding := check(metadata, spec)) is not None]


def told(findings: list[Finding]) -> str:
    """The findings in one line."""
    return ", ".join(str(finding) for finding in findings)
