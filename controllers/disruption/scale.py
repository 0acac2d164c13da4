"""How many pods those who manage a budget's pods want."""

from __future__ import annotations

from collections.abc import Iterable

from minik8s.api.apps_v1 import Deployment, ReplicaSet, StatefulSet
from minik8s.api.autoscaling_v1 import Scale
from minik8s.api.core_v1 import Pod, ReplicationController
from minik8s.api.meta_v1 import OwnerReference
from minik8s.client.api import ApiClient
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import Resource
from minik8s.machinery.owners import controller_of
from minik8s.machinery.quoting import quote


class UnknownScale(Exception):
    """Nobody can say how many pods there should be."""


class Scales:
    """Asks the caches about the built-in kinds, and the scale subresource of all others."""

    def __init__(self, ctx: ControllerContext) -> None:
        self._client: ApiClient = ctx.client
        self._sets: Informer[ReplicaSet] = ctx.informers.of(ReplicaSet)
        self._deployments: Informer[Deployment] = ctx.informers.of(Deployment)
        self._stateful: Informer[StatefulSet] = ctx.informers.of(StatefulSet)
        self._controllers: Informer[ReplicationController] = ctx.informers.of(ReplicationController)

    async def expected(self, pods: Iterable[Pod]) -> tuple[int, list[str]]:
        """The sum over all who manage those pods, and the names of pods nobody manages. Raises UnknownScale."""
        wanted: dict[str, int] = {}
        unmanaged: list[str] = []
        for pod in pods:
            reference = controller_of(pod)
            if reference is None:
                unmanaged.append(pod.metadata.name)
            elif reference.uid not in wanted:
                wanted[reference.uid] = 0
                uid, count = await self._of(reference, pod.metadata.namespace)
                wanted[uid] = count
        return sum(wanted.values()), unmanaged

    async def _of(self, reference: OwnerReference, namespace: str) -> tuple[str, int]:
        held: ReplicaSet | StatefulSet | ReplicationController | Deployment | None = None
        if reference.kind == "ReplicaSet":
            one = self._sets.get(reference.name, namespace)
            above = controller_of(one) if one is not None and one.metadata.uid == reference.uid else None
            held = one
            if above is not None and above.kind == "Deployment":
                held, reference = self._deployments.get(above.name, namespace), above
        elif reference.kind == "StatefulSet":
            held = self._stateful.get(reference.name, namespace)
        elif reference.kind == "ReplicationController":
            held = self._controllers.get(reference.name, namespace)
        else:
            return await self._scale(reference, namespace)
        if held is None or held.metadata.uid != reference.uid:
            raise UnknownScale(f"{reference.kind} {namespace}/{reference.name} is gone")
        return reference.uid, 1 if held.spec.replicas is None else held.spec.replicas

    async def _scale(self, reference: OwnerReference, namespace: str) -> tuple[str, int]:
        try:
            resource: Resource[dict[str, object]] = await self._client.dynamic.resource(
                reference.api_version, reference.kind
            )
        except ApiError as error:
            raise UnknownScale(str(error)) from error
        try:
            scale = await self._client.get(Scale, reference.name, namespace, "scale", parent=resource)
        except NotFound as error:
            raise UnknownScale(f"{resource} does not implement the scale subresource") from error
        except ApiError as error:
            raise UnknownScale(f"cannot read the scale of {resource} {quote(reference.name)}: {error}") from error
        return reference.uid, scale.spec.replicas
