"""Kinds and types of API group version `node.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import core_v1
from minik8s.api.fields import F, Quantity, Struct, always
from minik8s.api.objects import ListObject, Object


class Overhead(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.node.v1.Overhead"
    pod_fixed: Annotated[dict[str, Quantity], F(1)] = {}


class RuntimeClass(Object):
    PROTO: ClassVar[str] = "k8s.io.api.node.v1.RuntimeClass"
    api_version: str = always(lambda: "node.k8s.io/v1")
    kind: str = always(lambda: "RuntimeClass")
    handler: Annotated[str, F(2, required=True)] = always(str)
    overhead: Annotated[Overhead | None, F(3)] = None
    scheduling: Annotated[Scheduling | None, F(4)] = None


class RuntimeClassList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.node.v1.RuntimeClassList"
    api_version: str = always(lambda: "node.k8s.io/v1")
    kind: str = always(lambda: "RuntimeClassList")
    items: Annotated[list[RuntimeClass], F(2, required=True)] = always(list)


class Scheduling(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.node.v1.Scheduling"
    node_selector: Annotated[dict[str, str], F(1, map_type="atomic")] = {}
    tolerations: Annotated[list[core_v1.Toleration], F(2, list_type="atomic")] = []
