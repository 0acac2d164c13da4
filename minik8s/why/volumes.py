"""What a Pod's volumes wait for: claims, ConfigMaps, Secrets."""

from __future__ import annotations

from typing import Any

from minik8s.client.api import ApiClient
from minik8s.why import reading
from minik8s.why.causes import Cause

Object = dict[str, Any]


async def causes(client: ApiClient, pod: Object) -> list[Cause]:
    """What is missing for the volumes of a Pod."""
    namespace = pod["metadata"]["namespace"]
    found: list[Cause] = []
    for volume in pod["spec"].get("volumes") or ():
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName", "")
        if "ephemeral" in volume:
            claim = f"{pod['metadata']['name']}-{volume['name']}"
        if claim:
            found += await claim_causes(client, namespace, claim)
        for key, plural, field in (("configMap", "configmaps", "name"), ("secret", "secrets", "secretName")):
            source = volume.get(key) or {}
            name = source.get(field, "")
            if name and not source.get("optional") and await reading.one(client, "v1", plural, name, namespace) is None:
                found.append(Cause(f"{plural[:-1]} {name} of volume {volume['name']} does not exist"))
    return found


async def claim_causes(client: ApiClient, namespace: str, name: str) -> list[Cause]:
    """Why a PersistentVolumeClaim is not bound."""
    claim = await reading.one(client, "v1", "persistentvolumeclaims", name, namespace)
    if claim is None:
        return [Cause(f"persistentvolumeclaim {name} does not exist")]
    phase = (claim.get("status") or {}).get("phase", "Pending")
    if phase == "Bound":
        return []
    if phase == "Lost":
        return [Cause(f"persistentvolumeclaim {name} has lost its volume {claim['spec'].get('volumeName')}")]
    behind: list[Cause] = []
    cls = claim["spec"].get("storageClassName")
    if cls is None:
        behind.append(
            Cause("it names no storage class and the cluster has no default one; only a fitting volume can bind it")
        )
    elif cls and (held := await reading.one(client, "storage.k8s.io/v1", "storageclasses", cls)) is None:
        behind.append(Cause(f"storage class {cls} does not exist"))
    elif cls and held is not None and held.get("volumeBindingMode") == "WaitForFirstConsumer":
        behind.append(Cause(f"storage class {cls} waits until a Pod that uses it has a node"))
    behind += [Cause(text) for text in (await reading.warnings(client, claim))[:2]]
    return [Cause(f"persistentvolumeclaim {name} is not bound", behind)]
