"""DefaultBinder: writes the Binding."""

from __future__ import annotations

from minik8s.api.core_v1 import Binding, ObjectReference
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.errors import ApiError, ConnectionFailed
from scheduler.handle import Handle
from scheduler.plugin import Code, State, Status
from scheduler.pods.info import PodInfo


class DefaultBinder:
    """Binds a Pod through its `binding` subresource."""

    name = "DefaultBinder"

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def bind(self, state: State, pod: PodInfo, node: str) -> Status | None:
        """None when the server took it."""
        if self._handle.client is None:
            return None
        binding = Binding(
            metadata=ObjectMeta(namespace=pod.namespace, name=pod.name, uid=pod.uid),
            target=ObjectReference(kind="Node", name=node),
        )
        try:
            await self._handle.client.create(binding, "binding", pod.name, namespace=pod.namespace)
        except (ApiError, ConnectionFailed) as error:
            return Status(Code.ERROR, (str(error),), self.name)
        return None
