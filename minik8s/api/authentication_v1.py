"""Kinds and types of API group version `authentication.k8s.io/v1`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from minik8s.api.fields import F, Int64, NoneType, Struct, Time, always
from minik8s.api.objects import Object


class BoundObjectReference(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.BoundObjectReference"
    kind: Annotated[str, F(1)] = ""
    api_version: Annotated[str, F(2)] = ""
    name: Annotated[str, F(3)] = ""
    uid: Annotated[str, F(4)] = ""


class UserInfo(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.UserInfo"
    username: Annotated[str, F(1)] = ""
    uid: Annotated[str, F(2)] = ""
    groups: Annotated[list[str], F(3, list_type="atomic")] = []
    extra: Annotated[dict[str, list[str]], F(4)] = {}


class SelfSubjectReviewStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.SelfSubjectReviewStatus"
    user_info: Annotated[UserInfo, F(1)] = always(UserInfo)


class SelfSubjectReview(Object):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.SelfSubjectReview"
    api_version: str = always(lambda: "authentication.k8s.io/v1")
    kind: str = always(lambda: "SelfSubjectReview")
    status: Annotated[SelfSubjectReviewStatus, F(2)] = always(SelfSubjectReviewStatus)


class TokenRequestSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.TokenRequestSpec"
    audiences: Annotated[list[str], F(1, list_type="atomic")] = always(list)
    bound_object_ref: Annotated[BoundObjectReference | None, F(3)] = always(NoneType)
    expiration_seconds: Annotated[Int64 | None, F(4)] = always(NoneType)


class TokenRequestStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.TokenRequestStatus"
    token: Annotated[str, F(1, default="")] = always(str)
    expiration_timestamp: Annotated[Time | None, F(2)] = always(NoneType)


class TokenRequest(Object):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.TokenRequest"
    api_version: str = always(lambda: "authentication.k8s.io/v1")
    kind: str = always(lambda: "TokenRequest")
    spec: Annotated[TokenRequestSpec, F(2)] = always(TokenRequestSpec)
    status: Annotated[TokenRequestStatus, F(3)] = always(TokenRequestStatus)


class TokenReviewSpec(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.TokenReviewSpec"
    token: Annotated[str, F(1, required=True)] = ""
    audiences: Annotated[list[str], F(2, list_type="atomic")] = []


class TokenReviewStatus(Struct):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.TokenReviewStatus"
    authenticated: Annotated[bool, F(1)] = False
    user: Annotated[UserInfo, F(2)] = always(UserInfo)
    error: Annotated[str, F(3)] = ""
    audiences: Annotated[list[str], F(4, list_type="atomic")] = []


class TokenReview(Object):
    PROTO: ClassVar[str] = "k8s.io.api.authentication.v1.TokenReview"
    api_version: str = always(lambda: "authentication.k8s.io/v1")
    kind: str = always(lambda: "TokenReview")
    spec: Annotated[TokenReviewSpec, F(2, required=True)] = always(TokenReviewSpec)
    status: Annotated[TokenReviewStatus, F(3)] = always(TokenReviewStatus)
