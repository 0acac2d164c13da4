"""The checks the restricted level adds: pods must say that they give privileges up."""

from __future__ import annotations

from apiserver.admission.pod_security.baseline import CONFINING_PROFILES, seccomp
from apiserver.admission.pod_security.findings import (
    Check,
    Finding,
    contexts,
    counted,
    in_user_namespace,
    named,
    on_windows,
    quoted,
    setters,
)
from minik8s.api.core_v1 import PodSpec, Volume
from minik8s.api.meta_v1 import ObjectMeta

_ALLOWED_VOLUMES = (
    "config_map",
    "csi",
    "downward_api",
    "empty_dir",
    "ephemeral",
    "image",
    "persistent_volume_claim",
    "projected",
    "secret",
)
_OTHER_VOLUMES = {
    "host_path": "hostPath",
    "gce_persistent_disk": "gcePersistentDisk",
    "aws_elastic_block_store": "awsElasticBlockStore",
    "git_repo": "gitRepo",
    "nfs": "nfs",
    "iscsi": "iscsi",
    "glusterfs": "glusterfs",
    "rbd": "rbd",
    "flex_volume": "flexVolume",
    "cinder": "cinder",
    "cephfs": "cephfs",
    "flocker": "flocker",
    "fc": "fc",
    "azure_file": "azureFile",
    "vsphere_volume": "vsphereVolume",
    "quobyte": "quobyte",
    "azure_disk": "azureDisk",
    "photon_persistent_disk": "photonPersistentDisk",
    "portworx_volume": "portworxVolume",
    "scale_io": "scaleIO",
    "storageos": "storageos",
}


def unless_windows(check: Check) -> Check:
    """The check, for pods that do not say they run on Windows."""

    def narrowed(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
        return None if on_windows(spec) else check(metadata, spec)

    return narrowed


def unless_user_namespace(check: Check) -> Check:
    """The check, for pods whose root is the node's root."""

    def narrowed(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
        return None if in_user_namespace(spec) else check(metadata, spec)

    return narrowed


def privilege_escalation(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """Every container rules out gaining privileges."""
    bad = [
        name
        for name, context in contexts(spec)
        if context is None or context.allow_privilege_escalation is None or context.allow_privilege_escalation
    ]
    if not bad:
        return None
    detail = f"{named('container', bad)} must set securityContext.allowPrivilegeEscalation=false"
    return Finding("allowPrivilegeEscalation != false", detail)


def capabilities(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """Every container drops all capabilities and adds at most NET_BIND_SERVICE."""
    keeping, adding, added = [], [], set()
    for name, context in contexts(spec):
        mine = context.capabilities if context is not None else None
        if mine is None or "ALL" not in mine.drop:
            keeping.append(name)
        extra = set(mine.add) - {"NET_BIND_SERVICE"} if mine is not None else set()
        if extra:
            adding.append(name)
            added |= extra
    told = []
    if keeping:
        told.append(f'{named("container", keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        told.append(
            f"{named('container', adding)} must not include {quoted(sorted(added))} in securityContext.capabilities.add"
        )
    return Finding("unrestricted capabilities", "; ".join(told)) if told else None


def _volume_type(volume: Volume) -> str:
    for attribute, name in _OTHER_VOLUMES.items():
        if getattr(volume, attribute) is not None:
            return name
    return "unknown"


def volumes(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """Only volumes that are the cluster's own."""
    bad = [
        volume for volume in spec.volumes if all(getattr(volume, attribute) is None for attribute in _ALLOWED_VOLUMES)
    ]
    if not bad:
        return None
    types = {_volume_type(volume) for volume in bad}
    names = [volume.name for volume in bad]
    uses = "uses" if len(bad) == 1 else "use"
    what = counted("restricted volume type", types)
    return Finding("restricted volume types", f"{named('volume', names)} {uses} {what} {quoted(sorted(types))}")


def non_root(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """Every container says that it does not run as root."""
    pod = spec.security_context.run_as_non_root if spec.security_context is not None else None
    explicit, implicit = [], []
    for name, context in contexts(spec):
        own = context.run_as_non_root if context is not None else None
        if own is False:
            explicit.append(name)
        elif own is None and not pod:
            implicit.append(name)
    who = setters(pod is False, explicit)
    if who:
        return Finding("runAsNonRoot != true", f"{who} must not set securityContext.runAsNonRoot=false")
    if not implicit:
        return None
    detail = f"pod or {named('container', implicit)} must set securityContext.runAsNonRoot=true"
    return Finding("runAsNonRoot != true", detail)


def user(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """Nothing runs as user 0."""
    pod = spec.security_context is not None and spec.security_context.run_as_user == 0
    bad = [name for name, context in contexts(spec) if context is not None and context.run_as_user == 0]
    who = setters(pod, bad)
    return Finding("runAsUser=0", f"{who} must not set runAsUser=0") if who else None


def seccomp_required(metadata: ObjectMeta, spec: PodSpec) -> Finding | None:
    """Every container has a seccomp profile that confines it."""
    found = seccomp(metadata, spec)
    if found is not None:
        return found
    context = spec.security_context
    if context is not None and context.seccomp_profile is not None:
        if context.seccomp_profile.type in CONFINING_PROFILES:
            return None
    bare = [name for name, own in contexts(spec) if own is None or own.seccomp_profile is None]
    if not bare:
        return None
    detail = (
        f"pod or {named('container', bare)} must set securityContext.seccompProfile.type "
        'to "RuntimeDefault" or "Localhost"'
    )
    return Finding("seccompProfile", detail)
