"""Kinds and types of API group version `rbac.authorization.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, NullableList, Struct, always, field, nullable
from minik8s.api.objects import ListObject, Object


class AggregationRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.AggregationRule"
    cluster_role_selectors: Annotated[list[meta_v1.LabelSelector], F(1, list_type="atomic")] = []


class ClusterRole(Object):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.ClusterRole"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "ClusterRole")
    rules: Annotated[NullableList[PolicyRule], F(2, list_type="atomic")] = nullable()
    aggregation_rule: Annotated[AggregationRule | None, F(3)] = None


class RoleRef(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.RoleRef"
    api_group: Annotated[str, F(1, default="")] = always(str)
    kind: Annotated[str, F(2, required=True)] = always(str)
    name: Annotated[str, F(3, required=True)] = always(str)


class ClusterRoleBinding(Object):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.ClusterRoleBinding"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "ClusterRoleBinding")
    subjects: Annotated[list[Subject], F(2, list_type="atomic")] = []
    role_ref: Annotated[RoleRef, F(3, required=True)] = always(RoleRef)


class ClusterRoleBindingList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.ClusterRoleBindingList"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "ClusterRoleBindingList")
    items: Annotated[list[ClusterRoleBinding], F(2, required=True)] = always(list)


class ClusterRoleList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.ClusterRoleList"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "ClusterRoleList")
    items: Annotated[list[ClusterRole], F(2, required=True)] = always(list)


class PolicyRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.PolicyRule"
    verbs: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    api_groups: Annotated[list[str], F(2, list_type="atomic")] = []
    resources: Annotated[list[str], F(3, list_type="atomic")] = []
    resource_names: Annotated[list[str], F(4, list_type="atomic")] = []
    non_resource_urls: Annotated[list[str], F(5, list_type="atomic")] = field(default_factory=list, name="nonResourceURLs")


class Role(Object):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.Role"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "Role")
    rules: Annotated[NullableList[PolicyRule], F(2, list_type="atomic")] = nullable()


class RoleBinding(Object):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.RoleBinding"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "RoleBinding")
    subjects: Annotated[list[Subject], F(2, list_type="atomic")] = []
    role_ref: Annotated[RoleRef, F(3, required=True)] = always(RoleRef)


class RoleBindingList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.RoleBindingList"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "RoleBindingList")
    items: Annotated[list[RoleBinding], F(2, required=True)] = always(list)


class RoleList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.RoleList"
    api_version: str = always(lambda: "rbac.authorization.k8s.io/v1")
    kind: str = always(lambda: "RoleList")
    items: Annotated[list[Role], F(2, required=True)] = always(list)


class Subject(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.rbac.v1.Subject"
    kind: Annotated[str, F(1, required=True)] = always(str)
    api_group: Annotated[str, F(2)] = ""
    name: Annotated[str, F(3, required=True)] = always(str)
    namespace: Annotated[str, F(4)] = ""
