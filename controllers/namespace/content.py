"""Deleting everything in a namespace, and telling what is left."""

from __future__ import annotations

import dataclasses
from collections import Counter

from minik8s.api.core_v1 import Pod
from minik8s.client.api import ApiClient
from minik8s.client.dynamic import Discovered
from minik8s.client.errors import ApiError, MethodNotAllowed, NotFound
from minik8s.client.resources import Resource, resource_of

PODS = resource_of(Pod)
_ESTIMATE = 15


@dataclasses.dataclass(slots=True)
class Left:
    """What a round of deletion found: failures, and what waits for something.

    `resources` counts objects by `plural.group`, `finalizers` by the finalizer that holds them back; `seconds` is a
    guess how long that may take.
    """

    undiscovered: list[str] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)
    resources: Counter[str] = dataclasses.field(default_factory=Counter)
    finalizers: Counter[str] = dataclasses.field(default_factory=Counter)
    seconds: int = 0


async def delete_all(client: ApiClient, namespace: str) -> Left:
    """One round: pods first, and everything else when no pod is left. Raises ConnectionFailed."""
    left = Left()
    client.dynamic.forget()
    try:
        found, left.undiscovered = await client.dynamic.all()
    except ApiError as error:
        left.undiscovered.append(str(error))
        return left
    listed = [one for one in found if one.resource.namespaced and "delete" in one.verbs]
    await _delete(client, namespace, Discovered(PODS, ("deletecollection", "list"), (), "pod", ()), left)  # type: ignore[arg-type]
    if left.resources or left.failures:
        return left
    for one in listed:
        if (one.resource.group_version, one.resource.plural) != (PODS.group_version, PODS.plural):
            await _delete(client, namespace, one, left)
    return left


async def _delete(client: ApiClient, namespace: str, one: Discovered, left: Left) -> None:
    resource = one.resource.metadata()
    name = f"{resource.plural}.{resource.group}"
    if "list" not in one.verbs:
        await _collection(client, namespace, one.resource, left, name)
        return
    try:
        held = await client.list(resource, namespace)
        if held.items:
            await _each(client, namespace, one, [item.metadata.name for item in held.items])
            held = await client.list(resource, namespace)
    except (NotFound, MethodNotAllowed):
        return
    except ApiError as error:
        left.failures.append(f"{name}: {error}")
        return
    if not held.items:
        return
    left.resources[name] = len(held.items)
    for item in held.items:
        left.finalizers.update(item.metadata.finalizers)
        grace = item.metadata.deletion_grace_period_seconds or 0
        left.seconds = max(left.seconds, grace if resource.plural == "pods" and grace else _ESTIMATE)


async def _each(client: ApiClient, namespace: str, one: Discovered, names: list[str]) -> None:
    if "deletecollection" in one.verbs:
        try:
            await client.delete_collection(one.resource, namespace, propagation_policy="Background")
            return
        except MethodNotAllowed:
            pass
    for name in names:
        try:
            await client.delete(one.resource, name, namespace, propagation_policy="Background")
        except NotFound:
            continue


async def _collection(
    client: ApiClient, namespace: str, resource: Resource[dict[str, object]], left: Left, name: str
) -> None:
    try:
        await client.delete_collection(resource, namespace, propagation_policy="Background")
    except (NotFound, MethodNotAllowed):
        return
    except ApiError as error:
        left.failures.append(f"{name}: {error}")
