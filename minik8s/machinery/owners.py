"""Owner references: who an object belongs to."""

from __future__ import annotations

from minik8s.api.meta_v1 import OwnerReference
from minik8s.api.objects import Object


def controller_of(obj: Object) -> OwnerReference | None:
    """The one owner that manages the object, or None."""
    for reference in obj.metadata.owner_references:
        if reference.controller:
            return reference
    return None


def owner_reference(obj: Object, controller: bool = True) -> OwnerReference:
    """A reference to `obj` for the objects it makes; a controller's reference also holds back the owner's deletion."""
    return OwnerReference(
        api_version=obj.api_version,
        kind=obj.kind,
        name=obj.metadata.name,
        uid=obj.metadata.uid,
        controller=True if controller else None,
        block_owner_deletion=True if controller else None,
    )


def is_controlled_by(obj: Object, owner: Object) -> bool:
    """Whether `owner` manages `obj`."""
    reference = controller_of(obj)
    return reference is not None and reference.uid == owner.metadata.uid
