"""Kinds that are sent and never stored, as owners of fields see them."""

from __future__ import annotations

from typing import Any

from minik8s.api.objects import Object
from minik8s.machinery.apply.schema import Schema, blank_of, schema_of


class Unstored:
    """One of them: a kind of `ownership.Kind`."""

    def __init__(self, cls: type[Object], group_version: str) -> None:
        self.group_version = group_version
        self.kind = cls.__name__
        self.plural = ""
        self._cls = cls

    @property
    def schema(self) -> Schema:
        """How it is taken apart."""
        return schema_of(self._cls)

    @property
    def blank(self) -> dict[str, Any]:
        """One with nothing in it."""
        return blank_of(self._cls)
