"""Volumes of Pods and of PersistentVolumes."""

from __future__ import annotations

from typing import Any

from cli.describe.text import Row, block

_TYPES = {
    "configMap": "ConfigMap (a volume populated by a ConfigMap)",
    "csi": "CSI (a Container Storage Interface (CSI) volume source)",
    "downwardAPI": "DownwardAPI (a volume populated by information about the pod)",
    "emptyDir": "EmptyDir (a temporary directory that shares a pod's lifetime)",
    "ephemeral": "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
    "hostPath": "HostPath (bare host directory volume)",
    "image": "Image (a container image or OCI artifact)",
    "local": "LocalVolume (a persistent volume backed by local storage on a node)",
    "nfs": "NFS (an NFS mount that lasts the lifetime of a pod)",
    "persistentVolumeClaim": "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    "projected": "Projected (a volume that contains injected data from multiple sources)",
    "secret": "Secret (a volume populated by a Secret)",
}


def volume_lines(volumes: list[dict[str, Any]], indent: int = 0) -> list[str]:
    """Volumes, each with its source."""
    pad = " " * indent
    if not volumes:
        return [f"{pad}Volumes:\t<none>"]
    lines = [f"{pad}Volumes:"]
    for volume in volumes:
        lines.append(f"{' ' * (3 if indent else 2)}{volume['name']}:")
        lines += source_lines({key: value for key, value in volume.items() if key != "name"})
    return lines


def source_lines(volume: dict[str, Any]) -> list[str]:
    """The one source that a volume has."""
    kind = next(iter(volume), "")
    source = volume.get(kind) or {}
    rows: list[Row] = [("Type", _TYPES.get(kind, kind[:1].upper() + kind[1:]))]
    optional = str(bool(source.get("optional"))).lower()
    if kind == "configMap":
        rows += [("Name", source.get("name", "")), ("Optional", optional)]
    elif kind == "secret":
        rows += [("SecretName", source.get("secretName", "")), ("Optional", optional)]
    elif kind == "emptyDir":
        rows += [("Medium", source.get("medium", "")), ("SizeLimit", source.get("sizeLimit", "<unset>"))]
    elif kind == "hostPath":
        rows += [("Path", source.get("path", "")), ("HostPathType", source.get("type", ""))]
    elif kind == "persistentVolumeClaim":
        rows += [("ClaimName", source.get("claimName", "")), ("ReadOnly", str(bool(source.get("readOnly"))).lower())]
    elif kind == "projected":
        rows += [row for each in source.get("sources") or () for row in _projected(each)]
    elif kind == "downwardAPI":
        items = [f"  {_item(each)}" for each in source.get("items") or ()]
        rows.append(("Items", ["", *items] if items else "<none>"))
    else:
        rows += [(k[:1].upper() + k[1:], v) for k, v in source.items() if not isinstance(v, dict | list)]
    return block(rows, 4)


def _item(item: dict[str, Any]) -> str:
    field, amount = item.get("fieldRef") or {}, item.get("resourceFieldRef") or {}
    return f"{field.get('fieldPath') or amount.get('resource')} -> {item.get('path')}"


def _projected(source: dict[str, Any]) -> list[Row]:
    if "serviceAccountToken" in source:
        return [("TokenExpirationSeconds", source["serviceAccountToken"].get("expirationSeconds", 3600))]
    if "downwardAPI" in source:
        return [("DownwardAPI", "true")]
    for key, label in (("configMap", "ConfigMapName"), ("secret", "SecretName")):
        if key in source:
            optional = str(bool(source[key].get("optional"))).lower()
            return [(label, source[key].get("name", "")), ("Optional", optional)]
    return [(key[:1].upper() + key[1:], "") for key in source]
