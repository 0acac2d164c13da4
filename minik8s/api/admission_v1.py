"""Kinds and types of API group version `admission.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api import authentication_v1, meta_v1
from minik8s.api.fields import F, MaybeJSON, Struct, always
from minik8s.api.objects import TopLevel


class AdmissionRequest(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admission.v1.AdmissionRequest"
    uid: Annotated[str, F(1)] = always(str)
    kind: Annotated[meta_v1.GroupVersionKind, F(2)] = always(meta_v1.GroupVersionKind)
    resource: Annotated[meta_v1.GroupVersionResource, F(3)] = always(meta_v1.GroupVersionResource)
    sub_resource: Annotated[str, F(4)] = ""
    name: Annotated[str, F(5)] = ""
    namespace: Annotated[str, F(6)] = ""
    operation: Annotated[str, F(7)] = always(str)
    user_info: Annotated[authentication_v1.UserInfo, F(8)] = always(authentication_v1.UserInfo)
    object: Annotated[MaybeJSON, F(9)] = None
    old_object: Annotated[MaybeJSON, F(10)] = None
    dry_run: Annotated[bool | None, F(11)] = None
    options: Annotated[MaybeJSON, F(12)] = None
    request_kind: Annotated[meta_v1.GroupVersionKind | None, F(13)] = None
    request_resource: Annotated[meta_v1.GroupVersionResource | None, F(14)] = None
    request_sub_resource: Annotated[str, F(15)] = ""


class AdmissionResponse(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.admission.v1.AdmissionResponse"
    uid: Annotated[str, F(1)] = always(str)
    allowed: Annotated[bool, F(2)] = always(bool)
    status: Annotated[meta_v1.Status | None, F(3)] = None
    patch: Annotated[bytes, F(4)] = b""
    patch_type: Annotated[str | None, F(5)] = None
    audit_annotations: Annotated[dict[str, str], F(6)] = {}
    warnings: Annotated[list[str], F(7)] = []


class AdmissionReview(TopLevel):
    PROTO: ClassVar[str] = "k8s.io.api.admission.v1.AdmissionReview"
    api_version: str = always(lambda: "admission.k8s.io/v1")
    kind: str = always(lambda: "AdmissionReview")
    request: Annotated[AdmissionRequest | None, F(1)] = None
    response: Annotated[AdmissionResponse | None, F(2)] = None
