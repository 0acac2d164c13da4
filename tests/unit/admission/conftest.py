from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apiserver.admission.plugin import AdmissionContext, AdmissionRequest, Operation
from apiserver.auth.authorization.rbac import RBACAuthorizer
from apiserver.auth.authorization.union import UnionAuthorizer
from apiserver.auth.protocols import User
from minik8s.api.core_v1 import Namespace
from minik8s.api.meta_v1 import ObjectMeta
from minik8s.api.scheme import RESOURCES, resource_for_kind
from tests.support.memory_objects import MemoryObjects

ALICE = User("alice", ("system:authenticated",))


def _resource_of(api_version: str, kind: str) -> tuple[str, str] | None:
    found = resource_for_kind(api_version, kind)
    return (found.group, found.plural) if found else None


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects([Namespace(metadata=ObjectMeta(name="ns"))])


@pytest.fixture
def context(objects) -> AdmissionContext:
    authorizer = UnionAuthorizer([RBACAuthorizer(objects)])
    return AdmissionContext(
        reader=objects, writer=objects, authorizer=authorizer, resource_of=_resource_of, now=lambda: 1767323045.0
    )


Make = Callable[..., AdmissionRequest]


@pytest.fixture
def write() -> Make:
    """A request that writes an object: a create, or with `old` an update."""

    def make(obj: Any = None, old: Any = None, *, subresource: str = "", user: User = ALICE, **more: Any):
        known = obj if obj is not None else old
        if subresource in ("", "status", "ephemeralcontainers", "resize", "approval"):
            resource = next(
                r for r in RESOURCES if (r.group_version, r.kind) == (known.api_version, known.kind) and r.kind
            )
            more = {"group": resource.group, "resource": resource.plural, **more}
        operation = Operation.CREATE if old is None else Operation.UPDATE if obj is not None else Operation.DELETE
        more.setdefault("operation", operation)
        more.setdefault("namespace", known.metadata.namespace)
        more.setdefault("name", "" if more["operation"] is Operation.CREATE else known.metadata.name)
        return AdmissionRequest(obj=obj, old=old, subresource=subresource, user=user, **more)

    return make
