"""Whether the owner a reference names is there."""

from __future__ import annotations

import enum
from collections import OrderedDict

from controllers.garbagecollector.graph import FOREGROUND, Graph, names
from minik8s.api.object_meta import OwnerReference
from minik8s.client.api import ApiClient
from minik8s.client.errors import NotFound
from minik8s.client.resources import Resource

_REMEMBERED = 500


class Owner(enum.Enum):
    """What became of an owner."""

    SOLID = "is there"
    DANGLING = "is gone"
    WAITING = "waits for its dependents to be deleted"
    MISPLACED = "is namespaced while the dependent is not"


class Unmapped(Exception):
    """The server knows no such kind (now): nothing is known of the owner."""


class Owners:
    """Answers from the graph where it can, else asks the server, and remembers who is gone."""

    def __init__(self, client: ApiClient, discovery: ApiClient, graph: Graph) -> None:
        self._client, self._discovery, self._graph = client, discovery, graph
        self._absent: OrderedDict[tuple[str, ...], None] = OrderedDict()

    async def state(self, reference: OwnerReference, namespace: str) -> Owner:
        """What became of the owner that an object in `namespace` refers to. Raises ApiError, Unmapped."""
        node = self._graph.nodes.get(reference.uid)
        if node is not None and names(reference, namespace, node):
            return Owner.WAITING if node.foreground else Owner.SOLID
        place = (reference.uid, reference.api_version, reference.kind, namespace, reference.name)
        if place in self._absent:
            self._absent.move_to_end(place)
            return Owner.DANGLING
        resource = await self._resource(reference)
        if resource.namespaced and not namespace:
            return Owner.MISPLACED
        try:
            found = await self._client.get(resource.metadata(), reference.name, namespace)
        except NotFound:
            return self._gone(place)
        meta = found.metadata
        if meta.uid != reference.uid:
            return self._gone(place)
        waiting = meta.deletion_timestamp is not None and FOREGROUND in meta.finalizers
        return Owner.WAITING if waiting else Owner.SOLID

    async def _resource(self, reference: OwnerReference) -> Resource[dict[str, object]]:
        try:
            return await self._discovery.dynamic.resource(reference.api_version, reference.kind)
        except NotFound as error:
            raise Unmapped(str(error)) from None

    def _gone(self, place: tuple[str, ...]) -> Owner:
        self._absent[place] = None
        while len(self._absent) > _REMEMBERED:
            self._absent.popitem(last=False)
        return Owner.DANGLING
