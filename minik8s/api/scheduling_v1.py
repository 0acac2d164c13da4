"""Kinds and types of API group version `scheduling.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int32, always
from minik8s.api.objects import ListObject, Object


class PriorityClass(Object):
    PROTO: ClassVar[str] = "k8s.io.api.scheduling.v1.PriorityClass"
    api_version: str = always(lambda: "scheduling.k8s.io/v1")
    kind: str = always(lambda: "PriorityClass")
    value: Annotated[Int32, F(2, default=0)] = always(int)
    global_default: Annotated[bool, F(3)] = False
    description: Annotated[str, F(4)] = ""
    preemption_policy: Annotated[str | None, F(5, enum=("Never", "PreemptLowerPriority",))] = None


class PriorityClassList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.scheduling.v1.PriorityClassList"
    api_version: str = always(lambda: "scheduling.k8s.io/v1")
    kind: str = always(lambda: "PriorityClassList")
    items: Annotated[list[PriorityClass], F(2, required=True)] = always(list)
