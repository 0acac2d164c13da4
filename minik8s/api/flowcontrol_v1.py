"""Kinds and types of API group version `flowcontrol.apiserver.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int32, NoneType, NullableList, Struct, Time, Union, always, nullable
from minik8s.api.objects import ListObject, Object


class ExemptPriorityLevelConfiguration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.ExemptPriorityLevelConfiguration"
    nominal_concurrency_shares: Annotated[Int32 | None, F(1)] = None
    lendable_percent: Annotated[Int32 | None, F(2)] = None


class FlowDistinguisherMethod(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.FlowDistinguisherMethod"
    type: Annotated[str, F(1, required=True)] = always(str)


class PriorityLevelConfigurationReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationReference"
    name: Annotated[str, F(1, required=True)] = always(str)


class FlowSchemaSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.FlowSchemaSpec"
    priority_level_configuration: Annotated[PriorityLevelConfigurationReference, F(1, required=True)] = always(PriorityLevelConfigurationReference)
    matching_precedence: Annotated[Int32, F(2, default=0)] = always(int)
    distinguisher_method: Annotated[FlowDistinguisherMethod | None, F(3)] = None
    rules: Annotated[list[PolicyRulesWithSubjects], F(4, list_type="atomic")] = []


class FlowSchemaStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.FlowSchemaStatus"
    conditions: Annotated[list[FlowSchemaCondition], F(1, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class FlowSchema(Object):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.FlowSchema"
    api_version: str = always(lambda: "flowcontrol.apiserver.k8s.io/v1")
    kind: str = always(lambda: "FlowSchema")
    spec: Annotated[FlowSchemaSpec, F(2)] = always(FlowSchemaSpec)
    status: Annotated[FlowSchemaStatus, F(3)] = always(FlowSchemaStatus)


class FlowSchemaCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.FlowSchemaCondition"
    type: Annotated[str, F(1)] = ""
    status: Annotated[str, F(2)] = ""
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class FlowSchemaList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.FlowSchemaList"
    api_version: str = always(lambda: "flowcontrol.apiserver.k8s.io/v1")
    kind: str = always(lambda: "FlowSchemaList")
    items: Annotated[list[FlowSchema], F(2, required=True)] = always(list)


class GroupSubject(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.GroupSubject"
    name: Annotated[str, F(1, required=True)] = always(str)


class LimitResponse(Struct):
    UNIONS: ClassVar[tuple[Union, ...]] = (Union('type', {'queuing': 'Queuing'}),)
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.LimitResponse"
    type: Annotated[str, F(1, required=True)] = always(str)
    queuing: Annotated[QueuingConfiguration | None, F(2)] = None


class LimitedPriorityLevelConfiguration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.LimitedPriorityLevelConfiguration"
    nominal_concurrency_shares: Annotated[Int32 | None, F(1)] = always(NoneType)
    limit_response: Annotated[LimitResponse, F(2)] = always(LimitResponse)
    lendable_percent: Annotated[Int32 | None, F(3)] = None
    borrowing_limit_percent: Annotated[Int32 | None, F(4)] = None


class NonResourcePolicyRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.NonResourcePolicyRule"
    verbs: Annotated[list[str], F(1, required=True, list_type="set")] = always(list)
    non_resource_urls: Annotated[list[str], F(6, required=True, list_type="set")] = always(list, name="nonResourceURLs")


class PolicyRulesWithSubjects(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.PolicyRulesWithSubjects"
    subjects: Annotated[list[Subject], F(1, required=True, list_type="atomic")] = always(list)
    resource_rules: Annotated[list[ResourcePolicyRule], F(2, list_type="atomic")] = []
    non_resource_rules: Annotated[list[NonResourcePolicyRule], F(3, list_type="atomic")] = []


class PriorityLevelConfigurationSpec(Struct):
    UNIONS: ClassVar[tuple[Union, ...]] = (Union('type', {'exempt': 'Exempt', 'limited': 'Limited'}),)
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationSpec"
    type: Annotated[str, F(1, required=True)] = always(str)
    limited: Annotated[LimitedPriorityLevelConfiguration | None, F(2)] = None
    exempt: Annotated[ExemptPriorityLevelConfiguration | None, F(3)] = None


class PriorityLevelConfigurationStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationStatus"
    conditions: Annotated[list[PriorityLevelConfigurationCondition], F(1, patch="merge", merge_key="type", list_type="map", list_map_keys=("type",))] = []


class PriorityLevelConfiguration(Object):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.PriorityLevelConfiguration"
    api_version: str = always(lambda: "flowcontrol.apiserver.k8s.io/v1")
    kind: str = always(lambda: "PriorityLevelConfiguration")
    spec: Annotated[PriorityLevelConfigurationSpec, F(2)] = always(PriorityLevelConfigurationSpec)
    status: Annotated[PriorityLevelConfigurationStatus, F(3)] = always(PriorityLevelConfigurationStatus)


class PriorityLevelConfigurationCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationCondition"
    type: Annotated[str, F(1)] = ""
    status: Annotated[str, F(2)] = ""
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""


class PriorityLevelConfigurationList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.PriorityLevelConfigurationList"
    api_version: str = always(lambda: "flowcontrol.apiserver.k8s.io/v1")
    kind: str = always(lambda: "PriorityLevelConfigurationList")
    items: Annotated[list[PriorityLevelConfiguration], F(2, required=True)] = always(list)


class QueuingConfiguration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.QueuingConfiguration"
    queues: Annotated[Int32, F(1, default=0)] = always(int)
    hand_size: Annotated[Int32, F(2, default=0)] = always(int)
    queue_length_limit: Annotated[Int32, F(3, default=0)] = always(int)


class ResourcePolicyRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.ResourcePolicyRule"
    verbs: Annotated[list[str], F(1, required=True, list_type="set")] = always(list)
    api_groups: Annotated[list[str], F(2, required=True, list_type="set")] = always(list)
    resources: Annotated[list[str], F(3, required=True, list_type="set")] = always(list)
    cluster_scope: Annotated[bool, F(4)] = False
    namespaces: Annotated[NullableList[str], F(5, list_type="set")] = nullable()


class ServiceAccountSubject(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.ServiceAccountSubject"
    namespace: Annotated[str, F(1, required=True)] = always(str)
    name: Annotated[str, F(2, required=True)] = always(str)


class Subject(Struct):
    UNIONS: ClassVar[tuple[Union, ...]] = (Union('kind', {'group': 'Group', 'serviceAccount': 'ServiceAccount', 'user': 'User'}),)
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.Subject"
    kind: Annotated[str, F(1, required=True)] = always(str)
    user: Annotated[UserSubject | None, F(2)] = None
    group: Annotated[GroupSubject | None, F(3)] = None
    service_account: Annotated[ServiceAccountSubject | None, F(4)] = None


class UserSubject(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.flowcontrol.v1.UserSubject"
    name: Annotated[str, F(1, required=True)] = always(str)
