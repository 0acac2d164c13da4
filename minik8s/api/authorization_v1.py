"""Kinds and types of API group version `authorization.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import meta_v1
from minik8s.api.fields import F, Struct, always, field
from minik8s.api.objects import Object


class FieldSelectorAttributes(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.FieldSelectorAttributes"
    raw_selector: Annotated[str, F(1)] = ""
    requirements: Annotated[list[meta_v1.FieldSelectorRequirement], F(2, list_type="atomic")] = []


class LabelSelectorAttributes(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.LabelSelectorAttributes"
    raw_selector: Annotated[str, F(1)] = ""
    requirements: Annotated[list[meta_v1.LabelSelectorRequirement], F(2, list_type="atomic")] = []


class SubjectAccessReviewSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SubjectAccessReviewSpec"
    resource_attributes: Annotated[ResourceAttributes | None, F(1)] = None
    non_resource_attributes: Annotated[NonResourceAttributes | None, F(2)] = None
    user: Annotated[str, F(3)] = ""
    groups: Annotated[list[str], F(4, list_type="atomic")] = []
    extra: Annotated[dict[str, list[str]], F(5)] = {}
    uid: Annotated[str, F(6)] = ""


class SubjectAccessReviewStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SubjectAccessReviewStatus"
    allowed: Annotated[bool, F(1, required=True)] = always(bool)
    reason: Annotated[str, F(2)] = ""
    evaluation_error: Annotated[str, F(3)] = ""
    denied: Annotated[bool, F(4)] = False


class LocalSubjectAccessReview(Object):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.LocalSubjectAccessReview"
    api_version: str = always(lambda: "authorization.k8s.io/v1")
    kind: str = always(lambda: "LocalSubjectAccessReview")
    spec: Annotated[SubjectAccessReviewSpec, F(2, required=True)] = always(SubjectAccessReviewSpec)
    status: Annotated[SubjectAccessReviewStatus, F(3)] = always(SubjectAccessReviewStatus)


class NonResourceAttributes(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.NonResourceAttributes"
    path: Annotated[str, F(1)] = ""
    verb: Annotated[str, F(2)] = ""


class NonResourceRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.NonResourceRule"
    verbs: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    non_resource_urls: Annotated[list[str], F(2, list_type="atomic")] = field(default_factory=list, name="nonResourceURLs")


class ResourceAttributes(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.ResourceAttributes"
    namespace: Annotated[str, F(1)] = ""
    verb: Annotated[str, F(2)] = ""
    group: Annotated[str, F(3)] = ""
    version: Annotated[str, F(4)] = ""
    resource: Annotated[str, F(5)] = ""
    subresource: Annotated[str, F(6)] = ""
    name: Annotated[str, F(7)] = ""
    field_selector: Annotated[FieldSelectorAttributes | None, F(8)] = None
    label_selector: Annotated[LabelSelectorAttributes | None, F(9)] = None


class ResourceRule(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.ResourceRule"
    verbs: Annotated[list[str], F(1, required=True, list_type="atomic")] = always(list)
    api_groups: Annotated[list[str], F(2, list_type="atomic")] = []
    resources: Annotated[list[str], F(3, list_type="atomic")] = []
    resource_names: Annotated[list[str], F(4, list_type="atomic")] = []


class SelfSubjectAccessReviewSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SelfSubjectAccessReviewSpec"
    resource_attributes: Annotated[ResourceAttributes | None, F(1)] = None
    non_resource_attributes: Annotated[NonResourceAttributes | None, F(2)] = None


class SelfSubjectAccessReview(Object):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SelfSubjectAccessReview"
    api_version: str = always(lambda: "authorization.k8s.io/v1")
    kind: str = always(lambda: "SelfSubjectAccessReview")
    spec: Annotated[SelfSubjectAccessReviewSpec, F(2, required=True)] = always(SelfSubjectAccessReviewSpec)
    status: Annotated[SubjectAccessReviewStatus, F(3)] = always(SubjectAccessReviewStatus)


class SelfSubjectRulesReviewSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SelfSubjectRulesReviewSpec"
    namespace: Annotated[str, F(1)] = ""


class SubjectRulesReviewStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SubjectRulesReviewStatus"
    resource_rules: Annotated[list[ResourceRule], F(1, required=True, list_type="atomic")] = always(list)
    non_resource_rules: Annotated[list[NonResourceRule], F(2, required=True, list_type="atomic")] = always(list)
    incomplete: Annotated[bool, F(3, required=True)] = always(bool)
    evaluation_error: Annotated[str, F(4)] = ""


class SelfSubjectRulesReview(Object):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SelfSubjectRulesReview"
    api_version: str = always(lambda: "authorization.k8s.io/v1")
    kind: str = always(lambda: "SelfSubjectRulesReview")
    spec: Annotated[SelfSubjectRulesReviewSpec, F(2, required=True)] = always(SelfSubjectRulesReviewSpec)
    status: Annotated[SubjectRulesReviewStatus, F(3)] = always(SubjectRulesReviewStatus)


class SubjectAccessReview(Object):
    PROTO: ClassVar[str] = "k8s.io.api.authorization.v1.SubjectAccessReview"
    api_version: str = always(lambda: "authorization.k8s.io/v1")
    kind: str = always(lambda: "SubjectAccessReview")
    spec: Annotated[SubjectAccessReviewSpec, F(2, required=True)] = always(SubjectAccessReviewSpec)
    status: Annotated[SubjectAccessReviewStatus, F(3)] = always(SubjectAccessReviewStatus)
