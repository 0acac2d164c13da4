"""What every kind is: it says its version and kind, and carries metadata."""

from __future__ import annotations

from typing import Annotated

from minik8s.api.fields import F, Struct, always
from minik8s.api.object_meta import ListMeta, ObjectMeta


class TopLevel(Struct):
    """A type that travels alone and so says what it is."""

    api_version: str = always(str)
    kind: str = always(str)


class Object(TopLevel):
    """A stored object: named, versioned, owned."""

    metadata: Annotated[ObjectMeta, F(1)] = always(ObjectMeta)


class ListObject(TopLevel):
    """A list of objects as a LIST request answers it."""

    metadata: Annotated[ListMeta, F(1)] = always(ListMeta)
