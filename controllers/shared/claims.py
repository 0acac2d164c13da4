"""Adoption and release: which objects an owner manages, by its selector and their owner references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from minik8s.api.objects import Object
from minik8s.client.api import ApiClient
from minik8s.client.errors import Invalid, NotFound
from minik8s.machinery.owners import controller_of
from minik8s.machinery.selectors import Selector

T = TypeVar("T", bound=Object)


class OwnerIsGone(Exception):
    """The owner in the cache is not the one on the server, or is being deleted: it may adopt nothing."""


class Claims:
    """Claims objects of one kind for one owner; asks the server once, before the first adoption, if it still may."""

    def __init__(self, client: ApiClient, owner: Object, selector: Selector, finalizers: tuple[str, ...] = ()) -> None:
        self._client = client
        self._owner = owner
        self._selector = selector
        self._finalizers = list(finalizers)
        self._may_adopt: bool | None = None

    async def claim(
        self, objects: list[T], wanted: Callable[[T], bool] = lambda obj: True, adopt: bool = True
    ) -> list[T]:
        """Those of `objects` that are the owner's after adopting what matches and releasing what does not.

        Raises ApiError, and OwnerIsGone when an adoption came too late.
        """
        return [obj for obj in objects if await self._claimed(obj, wanted, adopt)]

    async def _claimed(self, obj: T, wanted: Callable[[T], bool], adopt: bool) -> bool:
        owner, meta = self._owner.metadata, obj.metadata
        reference = controller_of(obj)
        matches = self._selector.matches(meta.labels) and wanted(obj)
        if reference is not None:
            if reference.uid != owner.uid:
                return False
            if matches:
                return True
            if owner.deletion_timestamp is None:
                await self._release(obj)
            return False
        if owner.deletion_timestamp is not None or not matches or meta.deletion_timestamp is not None or not adopt:
            return False
        return await self._adopt(obj)

    async def _adopt(self, obj: T) -> bool:
        await self._check_owner()
        owner = self._owner
        reference = {
            "apiVersion": owner.api_version,
            "kind": owner.kind,
            "name": owner.metadata.name,
            "uid": owner.metadata.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
        meta: dict[str, Any] = {"ownerReferences": [reference], "uid": obj.metadata.uid}
        if self._finalizers:
            meta["finalizers"] = self._finalizers
        return await self._patch(obj, meta)

    async def _release(self, obj: T) -> None:
        meta: dict[str, Any] = {
            "ownerReferences": [{"$patch": "delete", "uid": self._owner.metadata.uid}],
            "uid": obj.metadata.uid,
        }
        if self._finalizers:
            meta["$deleteFromPrimitiveList/finalizers"] = self._finalizers
        try:
            await self._patch(obj, meta)
        except Invalid:
            # It has no such reference any more, or is another object of that name by now.
            return

    async def _patch(self, obj: T, meta: dict[str, Any]) -> bool:
        try:
            await self._client.patch(
                type(obj), obj.metadata.name, {"metadata": meta}, obj.metadata.namespace, "strategic"
            )
        except NotFound:
            return False
        return True

    async def _check_owner(self) -> None:
        if self._may_adopt is None:
            self._may_adopt = await self._still_there()
        if not self._may_adopt:
            meta = self._owner.metadata
            raise OwnerIsGone(f"{self._owner.kind} {meta.namespace}/{meta.name} is gone or being deleted")

    async def _still_there(self) -> bool:
        meta = self._owner.metadata
        try:
            fresh = await self._client.get(type(self._owner), meta.name, meta.namespace)
        except NotFound:
            return False
        return fresh.metadata.uid == meta.uid and fresh.metadata.deletion_timestamp is None
