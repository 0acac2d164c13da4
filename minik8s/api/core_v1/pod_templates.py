"""Core v1 pod templates."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.core_v1.pods import PodSpec
from minik8s.api.fields import F, Struct, always
from minik8s.api.objects import ListObject, Object


class PodTemplateSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodTemplateSpec"
    metadata: Annotated[meta_v1.ObjectMeta, F(1)] = always(meta_v1.ObjectMeta)
    spec: Annotated[PodSpec, F(2)] = always(PodSpec)


class PodTemplate(Object):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodTemplate"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "PodTemplate")
    template: Annotated[PodTemplateSpec, F(2)] = always(PodTemplateSpec)


class PodTemplateList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.core.v1.PodTemplateList"
    api_version: str = always(lambda: "v1")
    kind: str = always(lambda: "PodTemplateList")
    items: Annotated[list[PodTemplate], F(2, required=True)] = always(list)
