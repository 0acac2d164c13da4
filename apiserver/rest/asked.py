"""What is asked and never stored: reviews of access and identity, tokens, and the binding of a pod to a node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from apiserver import protobuf
from apiserver.auth.errors import StatusError, bad_request, conflict, not_found
from apiserver.auth.reviews import authentication, authorization
from apiserver.auth.setup import Auth
from apiserver.call import Call
from apiserver.coding import decode
from apiserver.objects import StoredObjects
from apiserver.rest.answer import answer_document
from apiserver.rest.dispatch import Dispatch
from minik8s.api.authentication_v1 import SelfSubjectReview, TokenRequest, TokenReview
from minik8s.api.authorization_v1 import (
    LocalSubjectAccessReview,
    SelfSubjectAccessReview,
    SelfSubjectRulesReview,
    SubjectAccessReview,
)
from minik8s.api.core_v1 import Binding, Pod, PodCondition
from minik8s.api.meta_v1 import Status
from minik8s.api.objects import Object
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time

T = TypeVar("T", bound=Object)
_ATTEMPTS = 10


async def read(call: Call, cls: type[T], group_version: str) -> T:
    """The object in a request's body, JSON or protobuf. Raises StatusError (400)."""
    body = await call.body()
    media = call.header(b"content-type").partition(";")[0].strip()
    kind = cls.__name__
    obj = protobuf.decode(body, cls, kind) if media == protobuf.MEDIA_TYPE else decode(body, cls, kind)
    if (obj.kind or kind) != kind:
        raise bad_request(f"{obj.kind} cannot be handled as a {kind}")
    obj.kind, obj.api_version = kind, group_version
    return obj


class Asked:
    """The endpoints by (group, resource, subresource); each takes a POST."""

    def __init__(self, auth: Auth, objects: StoredObjects, now: Callable[[], str]) -> None:
        self._auth = auth
        self._objects = objects
        self._now = now
        login, access = "authentication.k8s.io", "authorization.k8s.io"
        self._endpoints: dict[tuple[str, str, str], Callable[[Call], Awaitable[Any]]] = {
            (login, "tokenreviews", ""): self._token_review,
            (login, "selfsubjectreviews", ""): self._self_review,
            (access, "subjectaccessreviews", ""): self._access_review,
            (access, "localsubjectaccessreviews", ""): self._local_access_review,
            (access, "selfsubjectaccessreviews", ""): self._self_access_review,
            (access, "selfsubjectrulesreviews", ""): self._rules_review,
            ("", "serviceaccounts", "token"): self._token,
            ("", "pods", "binding"): self._bind,
        }

    def add_to(self, dispatch: Dispatch) -> None:
        """Serve these endpoints."""
        for place, endpoint in self._endpoints.items():
            dispatch.endpoints.setdefault(place, {})["create"] = partial(self._answer, endpoint)

    @staticmethod
    async def _answer(endpoint: Callable[[Call], Awaitable[Any]], call: Call) -> None:
        await answer_document(call, await endpoint(call), 201)

    async def _token_review(self, call: Call) -> TokenReview:
        review = await read(call, TokenReview, "authentication.k8s.io/v1")
        return await authentication.review_token(review, self._auth.tokens, self._auth.audiences)

    async def _self_review(self, call: Call) -> SelfSubjectReview:
        review = await read(call, SelfSubjectReview, "authentication.k8s.io/v1")
        return authentication.review_self(review, call.user, self._now())

    async def _access_review(self, call: Call) -> SubjectAccessReview:
        review = await read(call, SubjectAccessReview, "authorization.k8s.io/v1")
        return await authorization.review_subject(review, self._auth.authorizer)

    async def _local_access_review(self, call: Call) -> LocalSubjectAccessReview:
        review = await read(call, LocalSubjectAccessReview, "authorization.k8s.io/v1")
        return await authorization.review_local_subject(review, self._auth.authorizer, call.info.namespace)

    async def _self_access_review(self, call: Call) -> SelfSubjectAccessReview:
        review = await read(call, SelfSubjectAccessReview, "authorization.k8s.io/v1")
        return await authorization.review_own_access(review, self._auth.authorizer, call.user)

    async def _rules_review(self, call: Call) -> SelfSubjectRulesReview:
        review = await read(call, SelfSubjectRulesReview, "authorization.k8s.io/v1")
        found = authorization.review_own_rules(review, self._auth.authorizer, call.user)
        found.kind, found.api_version = review.kind, review.api_version
        return found

    async def _token(self, call: Call) -> TokenRequest:
        if self._auth.issuer is None:
            raise bad_request("this server signs no tokens: --service-account-signing-key-file is not set")
        request = await read(call, TokenRequest, "authentication.k8s.io/v1")
        issued = await self._auth.issuer.create(request, call.info.name, call.info.namespace)
        call.warnings += issued.warnings
        return issued.request

    async def _bind(self, call: Call) -> Status:
        binding = await read(call, Binding, "v1")
        name, namespace = call.info.name, call.info.namespace
        if not binding.target.name:
            raise bad_request("binding: target.name is required")
        for attempt in range(_ATTEMPTS):
            stored = await self._objects.fetch(Pod, name, namespace)
            if stored is None:
                raise not_found("", "pods", name)
            if binding.metadata.uid and binding.metadata.uid != stored.metadata.uid:
                raise conflict("", "pods/binding", name, "the UID in the binding is not that of the pod")
            if stored.metadata.deletion_timestamp is not None:
                raise conflict("", "pods/binding", name, f"pod {name} is being deleted, cannot be assigned to a host")
            if stored.spec.node_name:
                why = f'pod {name} is already assigned to node "{stored.spec.node_name}"'
                raise conflict("", "pods/binding", name, why)
            pod = deep_copy(stored)
            pod.spec.node_name = binding.target.name
            pod.metadata.annotations = {**pod.metadata.annotations, **binding.metadata.annotations}
            others = [each for each in pod.status.conditions if each.type != "PodScheduled"]
            scheduled = PodCondition(type="PodScheduled", status="True", last_transition_time=self._now())
            pod.status.conditions = [*others, scheduled]
            try:
                await self._objects.update(pod)
            except StatusError as error:
                if error.code != 409 or attempt + 1 == _ATTEMPTS:
                    raise
                continue
            break
        return Status(status="Success", code=201)


def timestamp(objects_clock: Any) -> Callable[[], str]:
    """Now, as stored times are written."""
    return lambda: format_time(objects_clock.now())
