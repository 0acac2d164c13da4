from __future__ import annotations

import pytest

from apiserver.auth.authentication.token_file import TokenFileAuthenticator
from apiserver.auth.authentication.union import TokenUnion
from apiserver.auth.authorization.rbac import RBACAuthorizer
from apiserver.auth.authorization.union import UnionAuthorizer
from apiserver.auth.bootstrap.reconcile import BootstrapPolicy
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Authenticated, User
from apiserver.auth.reviews.authentication import review_self, review_token
from apiserver.auth.reviews.authorization import (
    review_local_subject,
    review_own_access,
    review_own_rules,
    review_subject,
)
from minik8s.api.authentication_v1 import SelfSubjectReview, TokenReview, TokenReviewSpec
from minik8s.api.authorization_v1 import (
    FieldSelectorAttributes,
    LabelSelectorAttributes,
    LocalSubjectAccessReview,
    NonResourceAttributes,
    ResourceAttributes,
    SelfSubjectAccessReview,
    SelfSubjectAccessReviewSpec,
    SelfSubjectRulesReview,
    SelfSubjectRulesReviewSpec,
    SubjectAccessReview,
    SubjectAccessReviewSpec,
)
from minik8s.api.meta_v1 import FieldSelectorRequirement, LabelSelectorRequirement, ObjectMeta

AUDIENCES = ("https://kubernetes.default.svc",)


@pytest.fixture
def tokens() -> TokenUnion:
    admin = Authenticated(User("admin", ("system:masters",), "admin"))
    return TokenUnion([TokenFileAuthenticator({"good": admin})], AUDIENCES)


@pytest.fixture
async def authorizer(objects) -> UnionAuthorizer:
    await BootstrapPolicy(objects, objects).ensure()
    return UnionAuthorizer([RBACAuthorizer(objects)])


async def test_token_review(tokens):
    good = await review_token(TokenReview(spec=TokenReviewSpec(token="good")), tokens, AUDIENCES)
    assert good.status.authenticated
    assert good.status.audiences == list(AUDIENCES)
    assert good.status.user.groups == ["system:masters", "system:authenticated"]
    bad = await review_token(TokenReview(spec=TokenReviewSpec(token="bad")), tokens, AUDIENCES)
    assert (bad.status.authenticated, bad.status.error) == (False, "invalid bearer token")
    other = await review_token(TokenReview(spec=TokenReviewSpec(token="good", audiences=["x"])), tokens, AUDIENCES)
    assert not other.status.authenticated
    with pytest.raises(StatusError) as caught:
        await review_token(TokenReview(), tokens, AUDIENCES)
    assert caught.value.code == 400


def test_self_review():
    review = review_self(
        SelfSubjectReview(metadata=ObjectMeta(name="x", labels={"a": "b"})),
        User("alice", ("devs",), "", {"scopes": ("view",)}),
        "2026-01-02T03:04:05Z",
    )
    assert review.status.user_info.username == "alice"
    assert review.status.user_info.extra == {"scopes": ["view"]}
    assert review.metadata == ObjectMeta(creation_timestamp="2026-01-02T03:04:05Z")


async def test_subject_access(authorizer):
    path = NonResourceAttributes(path="/healthz", verb="get")
    spec = SubjectAccessReviewSpec(user="x", groups=["system:authenticated"], non_resource_attributes=path)
    status = (await review_subject(SubjectAccessReview(spec=spec), authorizer)).status
    assert status.allowed
    assert status.reason.startswith('RBAC: allowed by ClusterRoleBinding "system:')
    assert status.reason.endswith('to Group "system:authenticated"')


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (SubjectAccessReviewSpec(user="x"), "spec.resourceAttributes"),
        (SubjectAccessReviewSpec(resource_attributes=ResourceAttributes(verb="get")), "spec.user"),
        (
            SubjectAccessReviewSpec(
                user="x",
                resource_attributes=ResourceAttributes(verb="get"),
                non_resource_attributes=NonResourceAttributes(path="/"),
            ),
            "spec.nonResourceAttributes",
        ),
    ],
)
async def test_bad_reviews(authorizer, spec, field):
    with pytest.raises(StatusError) as caught:
        await review_subject(SubjectAccessReview(spec=spec), authorizer)
    assert caught.value.code == 422
    assert [cause.field for cause in caught.value.status.details.causes] == [field]


async def test_own_and_local_access(authorizer):
    attributes = ResourceAttributes(namespace="ns", verb="get", resource="pods")
    own = SelfSubjectAccessReview(spec=SelfSubjectAccessReviewSpec(resource_attributes=attributes))
    assert not (await review_own_access(own, authorizer, User("alice"))).status.allowed
    assert (await review_own_access(own, authorizer, User("a", ("system:masters",)))).status.allowed
    local = LocalSubjectAccessReview(
        metadata=ObjectMeta(namespace="ns"),
        spec=SubjectAccessReviewSpec(user="alice", resource_attributes=attributes),
    )
    assert not (await review_local_subject(local, authorizer)).status.allowed
    local.metadata.namespace = "other"
    with pytest.raises(StatusError) as caught:
        await review_local_subject(local, authorizer)
    assert caught.value.status.message == (
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "ns": '
        "must match metadata.namespace"
    )


@pytest.mark.parametrize(
    ("fields", "labels", "error"),
    [
        (FieldSelectorAttributes(raw_selector="a=b"), LabelSelectorAttributes(raw_selector="a in (b,c)"), ""),
        (FieldSelectorAttributes(raw_selector="a b"), None, "fieldSelector ignored"),
        (None, LabelSelectorAttributes(raw_selector="a in"), "labelSelector ignored"),
        (
            FieldSelectorAttributes(
                requirements=[
                    FieldSelectorRequirement(key="a", operator="In", values=["b"]),
                    FieldSelectorRequirement(key="a", operator="Exists"),
                ]
            ),
            None,
            "fieldSelector partially ignored",
        ),
        (
            None,
            LabelSelectorAttributes(requirements=[LabelSelectorRequirement(key="a", operator="Newer")]),
            "labelSelector ignored",
        ),
    ],
)
async def test_selectors_that_cannot_be_understood_are_told(authorizer, fields, labels, error):
    attributes = ResourceAttributes(verb="list", resource="pods", field_selector=fields, label_selector=labels)
    review = SubjectAccessReview(spec=SubjectAccessReviewSpec(user="x", resource_attributes=attributes))
    told = (await review_subject(review, authorizer)).status.evaluation_error
    assert told == (f"spec.resourceAttributes.{error} due to parse error" if error else "")


async def test_requirements_are_checked(authorizer):
    fields = FieldSelectorAttributes(
        requirements=[
            FieldSelectorRequirement(operator="In"),
            FieldSelectorRequirement(key="a", operator="Exists", values=["x"]),
        ]
    )
    labels = LabelSelectorAttributes(
        raw_selector="a", requirements=[LabelSelectorRequirement(key="-", operator="Exists", values=["x"])]
    )
    attributes = ResourceAttributes(verb="list", resource="pods", field_selector=fields, label_selector=labels)
    spec = SelfSubjectAccessReviewSpec(resource_attributes=attributes)
    with pytest.raises(StatusError) as caught:
        await review_own_access(SelfSubjectAccessReview(spec=spec), authorizer, User("x"))
    at = "spec.resourceAttributes"
    assert [(cause.reason.removeprefix("FieldValue"), cause.field) for cause in caught.value.status.details.causes] == [
        ("Required", f"{at}.fieldSelector.requirements[0].key"),
        ("Required", f"{at}.fieldSelector.requirements[0].values"),
        ("Forbidden", f"{at}.fieldSelector.requirements[1].values"),
        ("Invalid", f"{at}.labelSelector.rawSelector"),
        ("Forbidden", f"{at}.labelSelector.requirements[0].values"),
        ("Invalid", f"{at}.labelSelector.requirements[0].key"),
    ]


async def test_own_rules(authorizer):
    user = User("alice", ("devs", "system:authenticated"))
    review = SelfSubjectRulesReview(spec=SelfSubjectRulesReviewSpec(namespace="ns"))
    status = review_own_rules(review, authorizer, user).status
    assert not status.incomplete
    assert {resource for rule in status.resource_rules for resource in rule.resources} == {
        "selfsubjectaccessreviews",
        "selfsubjectrulesreviews",
        "selfsubjectreviews",
    }
    assert any("/version" in rule.non_resource_urls for rule in status.non_resource_rules)
    with pytest.raises(StatusError):
        review_own_rules(SelfSubjectRulesReview(), authorizer, user)
