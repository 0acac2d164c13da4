"""SubjectAccessReview and its kin, and SelfSubjectRulesReview."""

from __future__ import annotations

import msgspec

from apiserver.auth.errors import bad_request, invalid
from apiserver.auth.protocols import (
    Attributes,
    Authorizer,
    Decision,
    RuleResolver,
    SelectorRequirement,
    User,
    Verdict,
)
from minik8s.api.authorization_v1 import (
    FieldSelectorAttributes,
    LabelSelectorAttributes,
    LocalSubjectAccessReview,
    NonResourceAttributes,
    NonResourceRule,
    ResourceAttributes,
    ResourceRule,
    SelfSubjectAccessReview,
    SelfSubjectRulesReview,
    SelfSubjectRulesReviewSpec,
    SubjectAccessReview,
    SubjectAccessReviewSpec,
    SubjectAccessReviewStatus,
    SubjectRulesReviewStatus,
)
from minik8s.api.meta_v1 import ObjectMeta, StatusCause

GROUP = "authorization.k8s.io"

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def _bad(field: str, value: str, why: str) -> StatusCause:
    return StatusCause(reason="FieldValueInvalid", message=f"Invalid value: {value}: {why}", field=field)


def _requirements(
    selector: FieldSelectorAttributes | LabelSelectorAttributes | None,
) -> tuple[SelectorRequirement, ...]:
    if selector is None:
        return ()
    if selector.raw_selector:
        found = []
        for part in selector.raw_selector.split(","):
            for operator in ("!=", "==", "="):
                key, sign, value = part.partition(operator)
                if sign:
                    wanted = "!=" if operator == "!=" else "="
                    found.append(SelectorRequirement(key.strip(), wanted, (value.strip(),)))
                    break
        return tuple(found)
    listed = []
    for requirement in selector.requirements:
        # An operator this server does not know can only widen what is asked for: it is left out.
        if requirement.operator not in _OPERATORS:
            continue
        operator = _OPERATORS[requirement.operator]
        values = tuple(requirement.values)
        if len(values) == 1 and operator in ("in", "notin"):
            operator = "=" if operator == "in" else "!="
        listed.append(SelectorRequirement(requirement.key, operator, values))
    return tuple(listed)


def _attributes(user: User, resource: ResourceAttributes | None, path: NonResourceAttributes | None) -> Attributes:
    if resource is not None:
        return Attributes(
            user,
            resource.verb,
            resource.namespace,
            resource.group,
            resource.version,
            resource.resource,
            resource.subresource,
            resource.name,
            field_selector=_requirements(resource.field_selector),
            label_selector=_requirements(resource.label_selector),
        )
    if path is None:
        raise ValueError("neither resource nor path")
    return Attributes(user, path.verb, path=path.path, resource_request=False)


def _selector_causes(resource: ResourceAttributes | None) -> list[StatusCause]:
    causes: list[StatusCause] = []
    if resource is None:
        return causes
    selectors: tuple[tuple[str, FieldSelectorAttributes | LabelSelectorAttributes | None], ...] = (
        ("fieldSelector", resource.field_selector),
        ("labelSelector", resource.label_selector),
    )
    for name, selector in selectors:
        if selector is None:
            continue
        at = f"spec.resourceAttributes.{name}"
        if selector.raw_selector and selector.requirements:
            why = "may not specified at the same time as requirements"
            causes.append(_bad(f"{at}.rawSelector", f'"{selector.raw_selector}"', why))
        if not selector.raw_selector and not selector.requirements:
            message = f"Required value: when {at} is specified, requirements or rawSelector is required"
            causes.append(StatusCause(reason="FieldValueRequired", message=message, field=f"{at}.requirements"))
    return causes


def _spec_causes(resource: ResourceAttributes | None, path: NonResourceAttributes | None) -> list[StatusCause]:
    causes = []
    if resource is not None and path is not None:
        value = msgspec.json.encode(path).decode()
        why = "cannot be specified in combination with resourceAttributes"
        causes.append(_bad("spec.nonResourceAttributes", value, why))
    if resource is None and path is None:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        causes.append(_bad("spec.resourceAttributes", "null", why))
    return causes


def _metadata_causes(metadata: ObjectMeta, namespace_allowed: bool) -> list[StatusCause]:
    rest = msgspec.structs.replace(metadata, managed_fields=[])
    if namespace_allowed:
        rest = msgspec.structs.replace(rest, namespace="")
    if rest == ObjectMeta():
        return []
    why = "must be empty except for namespace" if namespace_allowed else "must be empty"
    return [_bad("metadata", msgspec.json.encode(metadata).decode(), why)]


def _subject_causes(spec: SubjectAccessReviewSpec) -> list[StatusCause]:
    causes = _spec_causes(spec.resource_attributes, spec.non_resource_attributes)
    if not spec.user and not spec.groups:
        causes.append(_bad("spec.user", '""', "at least one of user or group must be specified"))
    return causes + _selector_causes(spec.resource_attributes)


def _status(decision: Decision) -> SubjectAccessReviewStatus:
    return SubjectAccessReviewStatus(
        allowed=decision.allowed,
        denied=decision.verdict is Verdict.DENY,
        reason=decision.reason,
        evaluation_error=decision.error,
    )


async def _decide(spec: SubjectAccessReviewSpec, authorizer: Authorizer) -> SubjectAccessReviewStatus:
    extra = {key.lower(): tuple(values) for key, values in spec.extra.items()}
    user = User(spec.user, tuple(spec.groups), spec.uid, extra)
    attributes = _attributes(user, spec.resource_attributes, spec.non_resource_attributes)
    return _status(await authorizer.authorize(attributes))


async def review_subject(review: SubjectAccessReview, authorizer: Authorizer) -> SubjectAccessReview:
    """Whether the named subject may do something. Raises StatusError (422)."""
    causes = _subject_causes(review.spec) + _metadata_causes(review.metadata, namespace_allowed=False)
    if causes:
        raise invalid(GROUP, "SubjectAccessReview", "", causes)
    return msgspec.structs.replace(review, status=await _decide(review.spec, authorizer))


async def review_local_subject(
    review: LocalSubjectAccessReview, authorizer: Authorizer, namespace: str
) -> LocalSubjectAccessReview:
    """The same within the namespace of the request. Raises StatusError (400, 422)."""
    if review.metadata.namespace != namespace:
        raise bad_request(
            f"namespace on request ({namespace}) does not match namespace on object ({review.metadata.namespace})"
        )
    causes = _subject_causes(review.spec) + _metadata_causes(review.metadata, namespace_allowed=True)
    resource = review.spec.resource_attributes
    if resource is not None and resource.namespace != namespace:
        where = "spec.resourceAttributes.namespace"
        causes.append(_bad(where, f'"{resource.namespace}"', "must match metadata.namespace"))
    if review.spec.non_resource_attributes is not None:
        value = msgspec.json.encode(review.spec.non_resource_attributes).decode()
        causes.append(_bad("spec.nonResourceAttributes", value, "disallowed on this kind of request"))
    if causes:
        raise invalid(GROUP, "LocalSubjectAccessReview", "", causes)
    return msgspec.structs.replace(review, status=await _decide(review.spec, authorizer))


async def review_own_access(
    review: SelfSubjectAccessReview, authorizer: Authorizer, user: User
) -> SelfSubjectAccessReview:
    """Whether the asker may do something. Raises StatusError (422)."""
    spec = review.spec
    causes = _spec_causes(spec.resource_attributes, spec.non_resource_attributes)
    causes += _selector_causes(spec.resource_attributes) + _metadata_causes(review.metadata, namespace_allowed=False)
    if causes:
        raise invalid(GROUP, "SelfSubjectAccessReview", "", causes)
    attributes = _attributes(user, spec.resource_attributes, spec.non_resource_attributes)
    return msgspec.structs.replace(review, status=_status(await authorizer.authorize(attributes)))


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
