"""Kinds and types of API group version `coordination.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int32, MicroTime, Struct, always
from minik8s.api.objects import ListObject, Object


class LeaseSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.coordination.v1.LeaseSpec"
    holder_identity: Annotated[str | None, F(1)] = None
    lease_duration_seconds: Annotated[Int32 | None, F(2)] = None
    acquire_time: Annotated[MicroTime | None, F(3)] = None
    renew_time: Annotated[MicroTime | None, F(4)] = None
    lease_transitions: Annotated[Int32 | None, F(5)] = None
    strategy: Annotated[str | None, F(6)] = None
    preferred_holder: Annotated[str | None, F(7)] = None


class Lease(Object):
    PROTO: ClassVar[str] = "k8s.io.api.coordination.v1.Lease"
    api_version: str = always(lambda: "coordination.k8s.io/v1")
    kind: str = always(lambda: "Lease")
    spec: Annotated[LeaseSpec, F(2)] = always(LeaseSpec)


class LeaseList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.coordination.v1.LeaseList"
    api_version: str = always(lambda: "coordination.k8s.io/v1")
    kind: str = always(lambda: "LeaseList")
    items: Annotated[list[Lease], F(2, required=True)] = always(list)
