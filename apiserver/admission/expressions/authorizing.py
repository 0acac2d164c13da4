"""The variable `authorizer`: questions of expressions, put to the server's authorizer."""

from __future__ import annotations

from apiserver.admission.matching.targets import Target, name_of, namespace_of
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth import selectors
from apiserver.auth.errors import StatusError, internal
from apiserver.auth.protocols import (
    AUTHENTICATED,
    SERVICE_ACCOUNT_PREFIX,
    SERVICE_ACCOUNTS,
    Attributes,
    Authorizer,
    Decision,
    User,
)
from minik8s.machinery.cel.library.authorizer import Answer, Ask, AuthorizerValue, Question, ResourceCheck


def asking(authorizer: Authorizer, user: User) -> Ask:
    """Asks about a user."""

    def ask(question: Question) -> Answer:
        try:
            decision = _decided(authorizer, _attributes(question, user))
        except StatusError as error:
            return Answer(False, error=str(error))
        return Answer(decision.allowed, decision.reason, decision.error)

    return ask


def variables_for(authorizer: Authorizer, request: AdmissionRequest, target: Target) -> dict[str, object]:
    """`authorizer` and `authorizer.requestResource`."""
    ask = asking(authorizer, request.user)
    own = Question(
        group=target.group,
        resource=target.resource,
        subresource=request.subresource,
        namespace=namespace_of(request),
        name=name_of(request),
    )
    return {"authorizer": AuthorizerValue(ask), "authorizer.requestResource": ResourceCheck(ask, own)}


def _attributes(question: Question, user: User) -> Attributes:
    if question.service_account is not None:
        namespace, name = question.service_account
        groups = (SERVICE_ACCOUNTS, f"{SERVICE_ACCOUNTS}:{namespace}", AUTHENTICATED)
        user = User(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}", groups)
    if question.path:
        return Attributes(user, question.verb, resource_request=False, path=question.path)
    query = {}
    if question.field_selector:
        query["fieldSelector"] = question.field_selector
    if question.label_selector:
        query["labelSelector"] = question.label_selector
    fields, labels = selectors.of_query(question.verb, query)
    return Attributes(
        user,
        question.verb,
        question.namespace,
        question.group,
        "*",
        question.resource,
        question.subresource,
        question.name,
        field_selector=fields,
        label_selector=labels,
    )


def _decided(authorizer: Authorizer, attributes: Attributes) -> Decision:
    """The decision, at once: expressions cannot wait, and authorizers here answer from memory."""
    asked = authorizer.authorize(attributes)
    try:
        asked.send(None)
    except StopIteration as done:
        decision: Decision = done.value
        return decision
    asked.close()
    raise internal("the authorizer cannot answer at once")
