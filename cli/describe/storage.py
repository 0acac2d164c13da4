"""PersistentVolumes and their claims, storage classes."""

from __future__ import annotations

from typing import Any

from cli.describe.text import block, conditions, mapping, notes
from cli.describe.volumes import source_lines
from cli.session import Session
from cli.targets import Target
from cli.workloads import PODS

_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_SOURCES = ("hostPath", "local", "nfs", "csi", "iscsi", "fc")


def _modes(values: list[str] | None) -> str:
    return ",".join(_MODES.get(each, each) for each in values or ())


async def claim(session: Session, target: Target) -> list[str]:
    """A PersistentVolumeClaim, with the Pods that use it."""
    obj = target.obj
    meta, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    phase = (
        f"Terminating (lasts {meta['deletionTimestamp']})" if meta.get("deletionTimestamp") else status.get("phase", "")
    )
    bound = bool(spec.get("volumeName"))
    listed = await session.client.list(PODS, target.namespace)
    users = [
        pod["metadata"]["name"]
        for pod in listed.items
        for volume in pod["spec"].get("volumes") or ()
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") == target.name
    ]
    lines = block(
        [
            ("Name", meta["name"]),
            ("Namespace", meta["namespace"]),
            ("StorageClass", spec.get("storageClassName", "")),
            ("Status", phase),
            ("Volume", spec.get("volumeName", "")),
            ("Labels", mapping(meta.get("labels"))),
            ("Annotations", notes(meta.get("annotations"))),
            ("Finalizers", f"[{' '.join(meta.get('finalizers') or ())}]"),
            ("Capacity", (status.get("capacity") or {}).get("storage", "") if bound else ""),
            ("Access Modes", _modes(status.get("accessModes")) if bound else ""),
            ("VolumeMode", spec.get("volumeMode", "")),
            ("Used By", users or ["<none>"]),
        ]
    )
    return lines + conditions(status, ("type", "status", "lastProbeTime", "lastTransitionTime", "reason", "message"))


def volume(obj: dict[str, Any]) -> list[str]:
    """A PersistentVolume."""
    meta, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    reference = spec.get("claimRef")
    lines = block(
        [
            ("Name", meta["name"]),
            ("Labels", mapping(meta.get("labels"))),
            ("Annotations", notes(meta.get("annotations"))),
            ("Finalizers", f"[{' '.join(meta.get('finalizers') or ())}]"),
            ("StorageClass", spec.get("storageClassName", "")),
            ("Status", "Terminating" if meta.get("deletionTimestamp") else status.get("phase", "")),
            ("Claim", f"{reference['namespace']}/{reference['name']}" if reference else ""),
            ("Reclaim Policy", spec.get("persistentVolumeReclaimPolicy", "")),
            ("Access Modes", _modes(spec.get("accessModes"))),
            ("VolumeMode", spec.get("volumeMode", "")),
            ("Capacity", (spec.get("capacity") or {}).get("storage", "")),
        ]
    )
    lines += _affinity((spec.get("nodeAffinity") or {}).get("required"))
    lines += block([("Message", status.get("message", ""))])
    return [*lines, "Source:", *source_lines({key: spec[key] for key in _SOURCES if key in spec})]


def _affinity(required: dict[str, Any] | None) -> list[str]:
    if required is None:
        return ["Node Affinity:\t<none>"]
    lines = ["Node Affinity:", "  Required Terms:"]
    for number, term in enumerate(required.get("nodeSelectorTerms") or ()):
        lines.append(f"    Term {number}:")
        for each in term.get("matchExpressions") or ():
            lines.append(f"      {each['key']} {each['operator'].lower()} [{', '.join(each.get('values') or ())}]")
    return lines


def storage_class(obj: dict[str, Any]) -> list[str]:
    """A StorageClass."""
    meta = obj["metadata"]
    default = (meta.get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class") == "true"
    parameters = ",".join(f"{k}={v}" for k, v in sorted((obj.get("parameters") or {}).items()))
    expand = obj.get("allowVolumeExpansion")
    return block(
        [
            ("Name", meta["name"]),
            ("IsDefaultClass", "Yes" if default else "No"),
            ("Annotations", notes(meta.get("annotations"))),
            ("Provisioner", obj.get("provisioner", "")),
            ("Parameters", parameters or "<none>"),
            ("AllowVolumeExpansion", "<unset>" if expand is None else str(expand)),
            ("MountOptions", obj.get("mountOptions") or ["<none>"]),
            ("ReclaimPolicy", obj.get("reclaimPolicy", "<unset>")),
            ("VolumeBindingMode", obj.get("volumeBindingMode", "<unset>")),
        ]
    )
