"""What is asked and never stored: reviews of access and identity, and tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from apiserver.auth.errors import bad_request
from apiserver.auth.reviews import authentication, authorization
from apiserver.auth.setup import Auth
from apiserver.call import Call
from apiserver.forms.choice import choose_output
from apiserver.rest.answer import answer_document
from apiserver.rest.body import place, read_object
from apiserver.rest.create import wipe_system_fields
from apiserver.rest.dispatch import Dispatch
from apiserver.rest.options import manager_of, write_options
from apiserver.rest.ownership import Writer, own_created
from apiserver.rest.unstored import Unstored
from apiserver.rest.write import Writes
from minik8s.api.authentication_v1 import SelfSubjectReview, TokenRequest, TokenReview
from minik8s.api.authorization_v1 import (
    LocalSubjectAccessReview,
    SelfSubjectAccessReview,
    SelfSubjectRulesReview,
    SubjectAccessReview,
)
from minik8s.api.objects import Object
from minik8s.machinery.times import format_time

T = TypeVar("T", bound=Object)

_TOKEN_LIFETIME = 3600
"""Seconds a token is asked for where its request does not say."""


async def read(
    call: Call,
    cls: type[T],
    group_version: str,
    writes: Writes,
    *,
    wiped: bool = True,
    complete: Callable[[T], None] | None = None,
    settle: Callable[[T], Awaitable[None]] | None = None,
) -> T:
    """The object in a request's body, in the namespace of its path, owned by who sent it, as admission lets it pass.

    Unless `wiped` is False, it loses what only a server gives; `complete` gives it defaults, and
    `settle` what is left open once all who change it have. Raises StatusError.
    """
    options = write_options(call, "CreateOptions")
    obj: T = await read_object(call, cls, cls.__name__, group_version, options.validation)
    if complete is not None:
        complete(obj)
    if wiped:
        wipe_system_fields(obj.metadata)
    place(obj, call.info.namespace, namespaced=bool(call.info.namespace))
    now = format_time(writes.cacher.clock.now())
    writer = Writer(manager_of(call, options.manager), now, call.info.subresource)
    own_created(Unstored(cls, group_version), obj, writer)
    asked = writes.asked(call, cls.__name__, obj, dry_run=options.dry_run)
    await writes.admission.mutate(asked)
    if settle is not None:
        await settle(asked.obj)
    await writes.admission.validate(asked)
    found: T = asked.obj
    return found


def _complete_token_request(request: TokenRequest) -> None:
    if request.spec.expiration_seconds is None:
        request.spec.expiration_seconds = _TOKEN_LIFETIME


class Asked:
    """The endpoints by (group, resource, subresource); each takes a POST."""

    def __init__(self, auth: Auth, writes: Writes) -> None:
        self._auth = auth
        self._writes = writes
        login, access = "authentication.k8s.io", "authorization.k8s.io"
        self._endpoints: dict[tuple[str, str, str], Callable[[Call], Awaitable[Any]]] = {
            (login, "tokenreviews", ""): self._token_review,
            (login, "selfsubjectreviews", ""): self._self_review,
            (access, "subjectaccessreviews", ""): self._access_review,
            (access, "localsubjectaccessreviews", ""): self._local_access_review,
            (access, "selfsubjectaccessreviews", ""): self._self_access_review,
            (access, "selfsubjectrulesreviews", ""): self._rules_review,
            ("", "serviceaccounts", "token"): self._token,
        }

    def add_to(self, dispatch: Dispatch) -> None:
        """Serve these endpoints."""
        for where, endpoint in self._endpoints.items():
            dispatch.endpoints.setdefault(where, {})["create"] = partial(self._answer, endpoint)

    @staticmethod
    async def _answer(endpoint: Callable[[Call], Awaitable[Any]], call: Call) -> None:
        # Questions have no table and no metadata of their own.
        choose_output(call, transforms=False)
        await answer_document(call, await endpoint(call), 201)

    async def _token_review(self, call: Call) -> TokenReview:
        review = await read(call, TokenReview, "authentication.k8s.io/v1", self._writes)
        return await authentication.review_token(review, self._auth.tokens, self._auth.audiences)

    async def _self_review(self, call: Call) -> SelfSubjectReview:
        review = await read(call, SelfSubjectReview, "authentication.k8s.io/v1", self._writes)
        return authentication.review_self(review, call.user, format_time(self._writes.cacher.clock.now()))

    async def _access_review(self, call: Call) -> SubjectAccessReview:
        review = await read(call, SubjectAccessReview, "authorization.k8s.io/v1", self._writes)
        return await authorization.review_subject(review, self._auth.authorizer)

    async def _local_access_review(self, call: Call) -> LocalSubjectAccessReview:
        review = await read(call, LocalSubjectAccessReview, "authorization.k8s.io/v1", self._writes)
        return await authorization.review_local_subject(review, self._auth.authorizer)

    async def _self_access_review(self, call: Call) -> SelfSubjectAccessReview:
        review = await read(call, SelfSubjectAccessReview, "authorization.k8s.io/v1", self._writes)
        return await authorization.review_own_access(review, self._auth.authorizer, call.user)

    async def _rules_review(self, call: Call) -> SelfSubjectRulesReview:
        review = await read(call, SelfSubjectRulesReview, "authorization.k8s.io/v1", self._writes)
        found = authorization.review_own_rules(review, self._auth.authorizer, call.user)
        found.kind, found.api_version = review.kind, review.api_version
        return found

    async def _token(self, call: Call) -> TokenRequest:
        if self._auth.issuer is None:
            raise bad_request("this server signs no tokens: --service-account-signing-key-file is not set")
        # The UID in it is a precondition.
        version = "authentication.k8s.io/v1"
        issuer, name, namespace = self._auth.issuer, call.info.name, call.info.namespace
        request = await read(
            call,
            TokenRequest,
            version,
            self._writes,
            wiped=False,
            complete=_complete_token_request,
            settle=lambda found: issuer.complete(found, name, namespace),
        )
        issued = await issuer.create(request, name, namespace)
        call.warnings += issued.warnings
        return issued.request
