"""Kinds and types of API group version `apiextensions.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import (
    F,
    Int32,
    Int64,
    MaybeJSON,
    NoneType,
    NullableList,
    RawJSON,
    Struct,
    Time,
    always,
    field,
    nullable,
)
from minik8s.api.objects import ListObject, Object


class CustomResourceColumnDefinition(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition"
    name: Annotated[str, F(1, required=True)] = always(str)
    type: Annotated[str, F(2, required=True)] = always(str)
    format: Annotated[str, F(3)] = ""
    description: Annotated[str, F(4)] = ""
    priority: Annotated[Int32, F(5)] = 0
    json_path: Annotated[str, F(6, required=True)] = always(str)


class CustomResourceConversion(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion"
    strategy: Annotated[str, F(1, required=True)] = always(str)
    webhook: Annotated[WebhookConversion | None, F(2)] = None


class CustomResourceDefinitionNames(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames"
    plural: Annotated[str, F(1, required=True)] = always(str)
    singular: Annotated[str, F(2)] = ""
    short_names: Annotated[list[str], F(3, list_type="atomic")] = []
    kind: Annotated[str, F(4, required=True)] = always(str)
    list_kind: Annotated[str, F(5)] = ""
    categories: Annotated[list[str], F(6, list_type="atomic")] = []


class CustomResourceDefinitionSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec"
    group: Annotated[str, F(1, required=True)] = always(str)
    names: Annotated[CustomResourceDefinitionNames, F(3, required=True)] = always(CustomResourceDefinitionNames)
    scope: Annotated[str, F(4, required=True)] = always(str)
    versions: Annotated[list[CustomResourceDefinitionVersion], F(7, required=True, list_type="atomic")] = always(list)
    conversion: Annotated[CustomResourceConversion | None, F(9)] = None
    preserve_unknown_fields: Annotated[bool, F(10)] = False


class CustomResourceDefinitionStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus"
    conditions: Annotated[NullableList[CustomResourceDefinitionCondition], F(1, list_type="map", list_map_keys=("type",))] = nullable()
    accepted_names: Annotated[CustomResourceDefinitionNames, F(2)] = always(CustomResourceDefinitionNames)
    stored_versions: Annotated[NullableList[str], F(3, list_type="atomic")] = nullable()
    observed_generation: Annotated[Int64, F(4)] = 0


class CustomResourceDefinition(Object):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition"
    api_version: str = always(lambda: "apiextensions.k8s.io/v1")
    kind: str = always(lambda: "CustomResourceDefinition")
    spec: Annotated[CustomResourceDefinitionSpec, F(2, required=True)] = always(CustomResourceDefinitionSpec)
    status: Annotated[CustomResourceDefinitionStatus, F(3)] = always(CustomResourceDefinitionStatus)


class CustomResourceDefinitionCondition(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition"
    type: Annotated[str, F(1, required=True)] = always(str)
    status: Annotated[str, F(2, required=True)] = always(str)
    last_transition_time: Annotated[Time | None, F(3)] = always(NoneType)
    reason: Annotated[str, F(4)] = ""
    message: Annotated[str, F(5)] = ""
    observed_generation: Annotated[Int64, F(6)] = 0


class CustomResourceDefinitionList(ListObject):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionList"
    api_version: str = always(lambda: "apiextensions.k8s.io/v1")
    kind: str = always(lambda: "CustomResourceDefinitionList")
    items: Annotated[list[CustomResourceDefinition], F(2, required=True)] = always(list)


class CustomResourceDefinitionVersion(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion"
    name: Annotated[str, F(1, required=True)] = always(str)
    served: Annotated[bool, F(2, required=True)] = always(bool)
    storage: Annotated[bool, F(3, required=True)] = always(bool)
    schema: Annotated[CustomResourceValidation | None, F(4)] = None
    subresources: Annotated[CustomResourceSubresources | None, F(5)] = None
    additional_printer_columns: Annotated[list[CustomResourceColumnDefinition], F(6, list_type="atomic")] = []
    deprecated: Annotated[bool, F(7)] = False
    deprecation_warning: Annotated[str | None, F(8)] = None
    selectable_fields: Annotated[list[SelectableField], F(9, list_type="atomic")] = []


class CustomResourceSubresourceScale(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale"
    spec_replicas_path: Annotated[str, F(1, required=True)] = always(str)
    status_replicas_path: Annotated[str, F(2, required=True)] = always(str)
    label_selector_path: Annotated[str | None, F(3)] = None


class CustomResourceSubresourceStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus"


class CustomResourceSubresources(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources"
    status: Annotated[CustomResourceSubresourceStatus | None, F(1)] = None
    scale: Annotated[CustomResourceSubresourceScale | None, F(2)] = None


class CustomResourceValidation(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation"
    open_apiv3_schema: Annotated[JSONSchemaProps | None, F(1)] = field(default=None, name="openAPIV3Schema")


class ExternalDocumentation(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation"
    description: Annotated[str, F(1)] = ""
    url: Annotated[str, F(2)] = ""


class JSONSchemaProps(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
    id: Annotated[str, F(1)] = ""
    schema_: Annotated[str, F(2)] = field(default="", name="$schema")
    ref: Annotated[str | None, F(3)] = field(default=None, name="$ref")
    description: Annotated[str, F(4)] = ""
    type: Annotated[str, F(5)] = ""
    format: Annotated[str, F(6)] = ""
    title: Annotated[str, F(7)] = ""
    default: Annotated[MaybeJSON, F(8)] = None
    maximum: Annotated[float | None, F(9)] = None
    exclusive_maximum: Annotated[bool, F(10)] = False
    minimum: Annotated[float | None, F(11)] = None
    exclusive_minimum: Annotated[bool, F(12)] = False
    max_length: Annotated[Int64 | None, F(13)] = None
    min_length: Annotated[Int64 | None, F(14)] = None
    pattern: Annotated[str, F(15)] = ""
    max_items: Annotated[Int64 | None, F(16)] = None
    min_items: Annotated[Int64 | None, F(17)] = None
    unique_items: Annotated[bool, F(18)] = False
    multiple_of: Annotated[float | None, F(19)] = None
    enum: Annotated[list[RawJSON], F(20, list_type="atomic")] = []
    max_properties: Annotated[Int64 | None, F(21)] = None
    min_properties: Annotated[Int64 | None, F(22)] = None
    required: Annotated[list[str], F(23, list_type="atomic")] = []
    items: Annotated[JSONSchemaProps | list[JSONSchemaProps] | None, F(24)] = None
    all_of: Annotated[list[JSONSchemaProps], F(25, list_type="atomic")] = []
    one_of: Annotated[list[JSONSchemaProps], F(26, list_type="atomic")] = []
    any_of: Annotated[list[JSONSchemaProps], F(27, list_type="atomic")] = []
    not_: Annotated[JSONSchemaProps | None, F(28)] = None
    properties: Annotated[dict[str, JSONSchemaProps], F(29)] = {}
    additional_properties: Annotated[JSONSchemaProps | bool | None, F(30)] = None
    pattern_properties: Annotated[dict[str, JSONSchemaProps], F(31)] = {}
    dependencies: Annotated[dict[str, JSONSchemaProps | list[str]], F(32)] = {}
    additional_items: Annotated[JSONSchemaProps | bool | None, F(33)] = None
    definitions: Annotated[dict[str, JSONSchemaProps], F(34)] = {}
    external_docs: Annotated[ExternalDocumentation | None, F(35)] = None
    example: Annotated[MaybeJSON, F(36)] = None
    nullable: Annotated[bool, F(37)] = False
    x_kubernetes_preserve_unknown_fields: Annotated[bool | None, F(38)] = field(default=None, name="x-kubernetes-preserve-unknown-fields")
    x_kubernetes_embedded_resource: Annotated[bool, F(39)] = field(default=False, name="x-kubernetes-embedded-resource")
    x_kubernetes_int_or_string: Annotated[bool, F(40)] = field(default=False, name="x-kubernetes-int-or-string")
    x_kubernetes_list_map_keys: Annotated[list[str], F(41, list_type="atomic")] = field(default_factory=list, name="x-kubernetes-list-map-keys")
    x_kubernetes_list_type: Annotated[str | None, F(42)] = field(default=None, name="x-kubernetes-list-type")
    x_kubernetes_map_type: Annotated[str | None, F(43)] = field(default=None, name="x-kubernetes-map-type")
    x_kubernetes_validations: Annotated[list[ValidationRule], F(44, patch="merge", merge_key="rule", list_type="map", list_map_keys=("rule",))] = field(default_factory=list, name="x-kubernetes-validations")


class SelectableField(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.SelectableField"
    json_path: Annotated[str, F(1, required=True)] = always(str)


class ServiceReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.ServiceReference"
    namespace: Annotated[str, F(1, required=True)] = always(str)
    name: Annotated[str, F(2, required=True)] = always(str)
    path: Annotated[str | None, F(3)] = None
    port: Annotated[Int32 | None, F(4)] = None


class ValidationRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.ValidationRule"
    rule: Annotated[str, F(1, required=True)] = always(str)
    message: Annotated[str, F(2)] = ""
    message_expression: Annotated[str, F(3)] = ""
    reason: Annotated[str | None, F(4, enum=("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired",))] = None
    field_path: Annotated[str, F(5)] = ""
    optional_old_self: Annotated[bool | None, F(6)] = None


class WebhookClientConfig(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig"
    service: Annotated[ServiceReference | None, F(1)] = None
    ca_bundle: Annotated[bytes, F(2)] = b""
    url: Annotated[str | None, F(3)] = None


class WebhookConversion(Struct):
    PROTO: ClassVar[str] = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.WebhookConversion"
    client_config: Annotated[WebhookClientConfig | None, F(2)] = None
    conversion_review_versions: Annotated[list[str], F(3, required=True, list_type="atomic")] = always(list)
