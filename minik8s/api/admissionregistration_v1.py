"""Kinds and types of API group version `admissionregistration.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, Int32, Int64, NoneType, Struct, always
from minik8s.api.objects import ListObject, Object


class ApplyConfiguration(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ApplyConfiguration"
    expression: Annotated[str, F(1)] = ""


class AuditAnnotation(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.AuditAnnotation"
    key: Annotated[str, F(1, required=True)] = always(str)
    value_expression: Annotated[str, F(2, required=True)] = always(str)


class ExpressionWarning(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ExpressionWarning"
    field_ref: Annotated[str, F(2, required=True)] = always(str)
    warning: Annotated[str, F(3, required=True)] = always(str)


class JSONPatch(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.JSONPatch"
    expression: Annotated[str, F(1)] = ""


class MatchCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MatchCondition"
    name: Annotated[str, F(1, required=True)] = always(str)
    expression: Annotated[str, F(2, required=True)] = always(str)


class MatchResources(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MatchResources"
    namespace_selector: Annotated[meta_v1.LabelSelector | None, F(1)] = None
    object_selector: Annotated[meta_v1.LabelSelector | None, F(2)] = None
    resource_rules: Annotated[list[NamedRuleWithOperations], F(3, list_type="atomic")] = []
    exclude_resource_rules: Annotated[list[NamedRuleWithOperations], F(4, list_type="atomic")] = []
    match_policy: Annotated[str | None, F(7, enum=("Equivalent", "Exact",))] = None


class MutatingAdmissionPolicySpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicySpec"
    param_kind: Annotated[ParamKind | None, F(1)] = None
    match_constraints: Annotated[MatchResources | None, F(2)] = None
    variables: Annotated[list[Variable], F(3, list_type="atomic")] = []
    mutations: Annotated[list[Mutation], F(4, list_type="atomic")] = []
    failure_policy: Annotated[str | None, F(5, enum=("Fail", "Ignore",))] = None
    match_conditions: Annotated[list[MatchCondition], F(6, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    reinvocation_policy: Annotated[str, F(7, enum=("IfNeeded", "Never",))] = ""


class MutatingAdmissionPolicy(Object):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicy"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "MutatingAdmissionPolicy")
    spec: Annotated[MutatingAdmissionPolicySpec, F(2)] = always(MutatingAdmissionPolicySpec)


class MutatingAdmissionPolicyBindingSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec"
    policy_name: Annotated[str, F(1)] = ""
    param_ref: Annotated[ParamRef | None, F(2)] = None
    match_resources: Annotated[MatchResources | None, F(3)] = None


class MutatingAdmissionPolicyBinding(Object):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBinding"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "MutatingAdmissionPolicyBinding")
    spec: Annotated[MutatingAdmissionPolicyBindingSpec, F(2)] = always(MutatingAdmissionPolicyBindingSpec)


class MutatingAdmissionPolicyBindingList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyBindingList"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "MutatingAdmissionPolicyBindingList")
    items: Annotated[list[MutatingAdmissionPolicyBinding], F(2, required=True)] = always(list)


class MutatingAdmissionPolicyList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingAdmissionPolicyList"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "MutatingAdmissionPolicyList")
    items: Annotated[list[MutatingAdmissionPolicy], F(2, required=True)] = always(list)


class WebhookClientConfig(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.WebhookClientConfig"
    service: Annotated[ServiceReference | None, F(1)] = None
    ca_bundle: Annotated[bytes, F(2)] = b""
    url: Annotated[str | None, F(3)] = None


class MutatingWebhook(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingWebhook"
    name: Annotated[str, F(1, required=True)] = always(str)
    client_config: Annotated[WebhookClientConfig, F(2, required=True)] = always(WebhookClientConfig)
    rules: Annotated[list[RuleWithOperations], F(3, list_type="atomic")] = []
    failure_policy: Annotated[str | None, F(4, enum=("Fail", "Ignore",))] = None
    namespace_selector: Annotated[meta_v1.LabelSelector | None, F(5)] = None
    side_effects: Annotated[str | None, F(6, required=True, enum=("None", "NoneOnDryRun", "Some", "Unknown",))] = always(NoneType)
    timeout_seconds: Annotated[Int32 | None, F(7)] = None
    admission_review_versions: Annotated[list[str], F(8, required=True, list_type="atomic")] = always(list)
    match_policy: Annotated[str | None, F(9, enum=("Equivalent", "Exact",))] = None
    reinvocation_policy: Annotated[str | None, F(10, enum=("IfNeeded", "Never",))] = None
    object_selector: Annotated[meta_v1.LabelSelector | None, F(11)] = None
    match_conditions: Annotated[list[MatchCondition], F(12, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []


class MutatingWebhookConfiguration(Object):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingWebhookConfiguration"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "MutatingWebhookConfiguration")
    webhooks: Annotated[list[MutatingWebhook], F(2, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []


class MutatingWebhookConfigurationList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.MutatingWebhookConfigurationList"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "MutatingWebhookConfigurationList")
    items: Annotated[list[MutatingWebhookConfiguration], F(2, required=True)] = always(list)


class Mutation(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.Mutation"
    patch_type: Annotated[str, F(2, required=True, enum=("ApplyConfiguration", "JSONPatch",))] = always(str)
    apply_configuration: Annotated[ApplyConfiguration | None, F(3)] = None
    json_patch: Annotated[JSONPatch | None, F(4)] = None


class Rule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.Rule"
    api_groups: Annotated[list[str], F(1, list_type="atomic")] = []
    api_versions: Annotated[list[str], F(2, list_type="atomic")] = []
    resources: Annotated[list[str], F(3, list_type="atomic")] = []
    scope: Annotated[str | None, F(4, enum=("*", "Cluster", "Namespaced",))] = None


class RuleWithOperations(Rule):
    INLINE: ClassVar[dict[str, int]] = {"Rule": 2}
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.RuleWithOperations"
    operations: Annotated[list[str], F(1, enum=("*", "CONNECT", "CREATE", "DELETE", "UPDATE",), list_type="atomic")] = []


class NamedRuleWithOperations(RuleWithOperations):
    INLINE: ClassVar[dict[str, int]] = {"RuleWithOperations": 2}
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.NamedRuleWithOperations"
    resource_names: Annotated[list[str], F(1, list_type="atomic")] = []


class ParamKind(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ParamKind"
    api_version: Annotated[str, F(1)] = ""
    kind: Annotated[str, F(2)] = ""


class ParamRef(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ParamRef"
    name: Annotated[str, F(1)] = ""
    namespace: Annotated[str, F(2)] = ""
    selector: Annotated[meta_v1.LabelSelector | None, F(3)] = None
    parameter_not_found_action: Annotated[str | None, F(4)] = None


class ServiceReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ServiceReference"
    namespace: Annotated[str, F(1, required=True)] = always(str)
    name: Annotated[str, F(2, required=True)] = always(str)
    path: Annotated[str | None, F(3)] = None
    port: Annotated[Int32 | None, F(4)] = None


class TypeChecking(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.TypeChecking"
    expression_warnings: Annotated[list[ExpressionWarning], F(1, list_type="atomic")] = []


class ValidatingAdmissionPolicySpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicySpec"
    param_kind: Annotated[ParamKind | None, F(1)] = None
    match_constraints: Annotated[MatchResources | None, F(2)] = None
    validations: Annotated[list[Validation], F(3, list_type="atomic")] = []
    failure_policy: Annotated[str | None, F(4, enum=("Fail", "Ignore",))] = None
    audit_annotations: Annotated[list[AuditAnnotation], F(5, list_type="atomic")] = []
    match_conditions: Annotated[list[MatchCondition], F(6, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []
    variables: Annotated[list[Variable], F(7, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []


class ValidatingAdmissionPolicyStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus"
    observed_generation: Annotated[Int64, F(1)] = 0
    type_checking: Annotated[TypeChecking | None, F(2)] = None
    conditions: Annotated[list[meta_v1.Condition], F(3, list_type="map", list_map_keys=("type",))] = []


class ValidatingAdmissionPolicy(Object):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicy"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "ValidatingAdmissionPolicy")
    spec: Annotated[ValidatingAdmissionPolicySpec, F(2)] = always(ValidatingAdmissionPolicySpec)
    status: Annotated[ValidatingAdmissionPolicyStatus, F(3)] = always(ValidatingAdmissionPolicyStatus)


class ValidatingAdmissionPolicyBindingSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec"
    policy_name: Annotated[str, F(1, required=True)] = ""
    param_ref: Annotated[ParamRef | None, F(2)] = None
    match_resources: Annotated[MatchResources | None, F(3)] = None
    validation_actions: Annotated[list[str], F(4, enum=("Audit", "Deny", "Warn",), required=True, list_type="set")] = []


class ValidatingAdmissionPolicyBinding(Object):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "ValidatingAdmissionPolicyBinding")
    spec: Annotated[ValidatingAdmissionPolicyBindingSpec, F(2, required=True)] = always(ValidatingAdmissionPolicyBindingSpec)


class ValidatingAdmissionPolicyBindingList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingList"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "ValidatingAdmissionPolicyBindingList")
    items: Annotated[list[ValidatingAdmissionPolicyBinding], F(2, required=True)] = always(list)


class ValidatingAdmissionPolicyList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingAdmissionPolicyList"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "ValidatingAdmissionPolicyList")
    items: Annotated[list[ValidatingAdmissionPolicy], F(2, required=True)] = always(list)


class ValidatingWebhook(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingWebhook"
    name: Annotated[str, F(1, required=True)] = always(str)
    client_config: Annotated[WebhookClientConfig, F(2, required=True)] = always(WebhookClientConfig)
    rules: Annotated[list[RuleWithOperations], F(3, list_type="atomic")] = []
    failure_policy: Annotated[str | None, F(4, enum=("Fail", "Ignore",))] = None
    namespace_selector: Annotated[meta_v1.LabelSelector | None, F(5)] = None
    side_effects: Annotated[str | None, F(6, required=True, enum=("None", "NoneOnDryRun", "Some", "Unknown",))] = always(NoneType)
    timeout_seconds: Annotated[Int32 | None, F(7)] = None
    admission_review_versions: Annotated[list[str], F(8, required=True, list_type="atomic")] = always(list)
    match_policy: Annotated[str | None, F(9, enum=("Equivalent", "Exact",))] = None
    object_selector: Annotated[meta_v1.LabelSelector | None, F(10)] = None
    match_conditions: Annotated[list[MatchCondition], F(11, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []


class ValidatingWebhookConfiguration(Object):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingWebhookConfiguration"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "ValidatingWebhookConfiguration")
    webhooks: Annotated[list[ValidatingWebhook], F(2, patch="merge", merge_key="name", list_type="map", list_map_keys=("name",))] = []


class ValidatingWebhookConfigurationList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.ValidatingWebhookConfigurationList"
    api_version: str = always(lambda: "admissionregistration.k8s.io/v1")
    kind: str = always(lambda: "ValidatingWebhookConfigurationList")
    items: Annotated[list[ValidatingWebhookConfiguration], F(2, required=True)] = always(list)


class Validation(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.Validation"
    expression: Annotated[str, F(1, required=True)] = always(str)
    message: Annotated[str, F(2)] = ""
    reason: Annotated[str | None, F(3)] = None
    message_expression: Annotated[str, F(4)] = ""


class Variable(Struct):
    MAP_TYPE: ClassVar[str] = "atomic"
    PROTO: ClassVar[str] = "k8s.io.api.admissionregistration.v1.Variable"
    name: Annotated[str, F(1, required=True)] = always(str)
    expression: Annotated[str, F(2, required=True)] = always(str)
