"""SubjectAccessReview and its kin, and SelfSubjectRulesReview."""

from __future__ import annotations

import msgspec

from apiserver.auth.errors import StatusError, bad_request
from apiserver.auth.protocols import Authorizer, RuleResolver, User
from apiserver.auth.reviews.attributes import question
from apiserver.auth.reviews.validation import local_faults, own_faults, subject_faults
from apiserver.registry.errors import Errors
from minik8s.api.authorization_v1 import (
    LocalSubjectAccessReview,
    NonResourceRule,
    ResourceRule,
    SelfSubjectAccessReview,
    SelfSubjectRulesReview,
    SelfSubjectRulesReviewSpec,
    SubjectAccessReview,
    SubjectAccessReviewSpec,
    SubjectAccessReviewStatus,
    SubjectRulesReviewStatus,
)
from minik8s.machinery import field_errors

GROUP = "authorization.k8s.io"


def _refuse(errors: Errors) -> None:
    # Kubernetes names no kind here.
    if errors:
        raise StatusError(field_errors.to_status("", "", errors, GROUP))


async def _decide(spec: SubjectAccessReviewSpec, authorizer: Authorizer) -> SubjectAccessReviewStatus:
    extra = {key: tuple(values) for key, values in spec.extra.items()}
    user = User(spec.user, tuple(spec.groups), spec.uid, extra)
    asked = question(user, spec.resource_attributes, spec.non_resource_attributes)
    return asked.answer(await authorizer.authorize(asked.attributes))


async def review_subject(review: SubjectAccessReview, authorizer: Authorizer) -> SubjectAccessReview:
    """Whether the named subject may do something. Raises StatusError (422)."""
    _refuse(subject_faults(review))
    return msgspec.structs.replace(review, status=await _decide(review.spec, authorizer))


async def review_local_subject(review: LocalSubjectAccessReview, authorizer: Authorizer) -> LocalSubjectAccessReview:
    """The same within the namespace of the review. Raises StatusError (422)."""
    _refuse(local_faults(review))
    return msgspec.structs.replace(review, status=await _decide(review.spec, authorizer))


async def review_own_access(
    review: SelfSubjectAccessReview, authorizer: Authorizer, user: User
) -> SelfSubjectAccessReview:
    """Whether the asker may do something. Raises StatusError (422)."""
    _refuse(own_faults(review))
    asked = question(user, review.spec.resource_attributes, review.spec.non_resource_attributes)
    return msgspec.structs.replace(review, status=asked.answer(await authorizer.authorize(asked.attributes)))


def review_own_rules(review: SelfSubjectRulesReview, resolver: RuleResolver, user: User) -> SelfSubjectRulesReview:
    """What the asker may do in a namespace. Raises StatusError (400) without one."""
    if not review.spec.namespace:
        raise bad_request("no namespace on request")
    rules, incomplete, error = resolver.rules_for(user, review.spec.namespace)
    status = SubjectRulesReviewStatus(
        resource_rules=[
            ResourceRule(
                verbs=list(rule.verbs),
                api_groups=list(rule.api_groups),
                resources=list(rule.resources),
                resource_names=list(rule.resource_names),
            )
            for rule in rules
            if not rule.urls
        ],
        non_resource_rules=[
            NonResourceRule(verbs=list(rule.verbs), non_resource_urls=list(rule.urls)) for rule in rules if rule.urls
        ],
        incomplete=incomplete,
        evaluation_error=error,
    )
    return SelfSubjectRulesReview(spec=SelfSubjectRulesReviewSpec(), status=status)
