"""Core v1 configuration."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, always
from minik8s.api.objects import ListObject, Object


class ConfigMap(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ConfigMap"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ConfigMap")
    data: Annotated[dict[str, str], F(2)] = {}
    binary_data: Annotated[dict[str, bytes], F(3)] = {}
    immutable: Annotated[bool | None, F(4)] = None


class ConfigMapList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.ConfigMapList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "ConfigMapList")
    items: Annotated[list[ConfigMap], F(2, required=True)] = always(list)


class Secret(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.Secret"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "Secret")
    data: Annotated[dict[str, bytes], F(2)] = {}
    type: Annotated[str, F(3)] = ""
    string_data: Annotated[dict[str, str], F(4)] = {}
    immutable: Annotated[bool | None, F(5)] = None


class SecretList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.SecretList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "SecretList")
    items: Annotated[list[Secret], F(2, required=True)] = always(list)
