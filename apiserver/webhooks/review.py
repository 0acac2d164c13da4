"""AdmissionReview: what an admission webhook is asked, and what may be believed of its answer."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

import msgspec

from apiserver.admission.matching.targets import Kind, Target, name_of, namespace_of, target_of
from apiserver.admission.matching.views import View, options_document
from apiserver.admission.plugin import AdmissionRequest
from apiserver.auth.errors import StatusError
from apiserver.decode_errors import problem
from apiserver.registry.go_json_errors import json_object_problem
from apiserver.yaml_documents import load
from apiserver.yaml_values import YAMLProblem
from minik8s.api.fields import Struct
from minik8s.api.meta_v1 import Status
from minik8s.machinery.quoting import quote

VERSIONS = ("v1", "v1beta1")
_GROUP = "admission.k8s.io"
_REVIEW = "AdmissionReview"
JSON_PATCH = "JSONPatch"
_READ = tuple(f"{_GROUP}/{version}" for version in VERSIONS)
_LAST_CODE = 999
# A reader of YAML takes a second a megabyte.
_MOST_YAML = 256 * 1024


class InvalidAnswer(Exception):
    """A webhook's answer is no answer to what it was asked; the text says why."""


class Unreadable(Exception):
    """A webhook's answer is no review; the text says why."""


class AdmissionResponse(Struct):
    """A webhook's answer, as far as it counts."""

    PROTO: ClassVar[str] = "k8s.io.api.admission.v1.AdmissionResponse"

    uid: str = ""
    allowed: bool = False
    status: Status | None = None
    patch: bytes = b""
    patch_type: str | None = None
    audit_annotations: dict[str, str] | None = None
    warnings: list[str] | None = None


class AdmissionReview(Struct):
    """What comes back, as far as it counts."""

    kind: str = ""
    api_version: str = ""
    response: AdmissionResponse | None = None


Answer = AdmissionResponse
_HEAD = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
_UNKNOWN = "couldn't get version/kind; json parse error: "
_SCHEME = '"k8s.io/apiserver/pkg/util/webhook/client.go:71"'
_encode = msgspec.json.Encoder().encode


def choose_version(offered: list[str]) -> str | None:
    """The first version of the review that both sides know."""
    return next((version for version in offered if version in VERSIONS), None)


def _resource(target: Target) -> dict[str, str]:
    return {"group": target.group, "version": target.version, "resource": target.resource}


def _kind(kind: Kind) -> dict[str, str]:
    return {"group": kind.group, "version": kind.version, "kind": kind.kind}


def user_info(request: AdmissionRequest) -> dict[str, Any]:
    """Who sent the request."""
    user = request.user
    found: dict[str, Any] = {"username": user.name}
    if user.uid:
        found["uid"] = user.uid
    if user.groups:
        found["groups"] = user.groups
    if user.extra:
        found["extra"] = user.extra
    return found


def described(request: AdmissionRequest, target: Target) -> dict[str, Any]:
    """What is told of a request besides objects and options: by which version it is seen, and by which it was sent."""
    own = target_of(request)
    found: dict[str, Any] = {"kind": _kind(target.kind), "resource": _resource(target)}
    if request.subresource:
        found["subResource"] = request.subresource
    found["requestKind"] = _kind(own.kind)
    found["requestResource"] = _resource(own)
    if request.subresource:
        found["requestSubResource"] = request.subresource
    if name := name_of(request):
        found["name"] = name
    if namespace := namespace_of(request):
        found["namespace"] = namespace
    found["operation"] = request.operation.value
    found["userInfo"] = user_info(request)
    return found


def question(request: AdmissionRequest, view: View, version: str) -> tuple[bytes, str]:
    """The review to send, and the uid that its answer must carry."""
    uid = str(uuid.uuid4())
    asked = {"uid": uid, **described(request, view.target)}
    asked["object"] = None if view.new is None else msgspec.Raw(view.new)
    asked["oldObject"] = None if view.old is None else msgspec.Raw(view.old)
    asked["dryRun"] = request.dry_run
    asked["options"] = options_document(request.options)
    return _encode({"kind": _REVIEW, "apiVersion": f"{_GROUP}/{version}", "request": asked}), uid


def answer(body: bytes, version: str, uid: str, *, mutating: bool) -> Answer:
    """The answer in a review that came back. Raises Unreadable, InvalidAnswer."""
    review = _read(body, version)
    found = review.response
    if found is None:
        raise InvalidAnswer("webhook response was absent")
    if version == "v1beta1":
        if found.patch and found.patch_type is None:
            found.patch_type = JSON_PATCH
        return found
    if found.uid != uid:
        raise InvalidAnswer(f"expected response.uid={quote(uid)}, got {quote(found.uid)}")
    if (review.kind, review.api_version) != (_REVIEW, f"{_GROUP}/{version}"):
        said = f"{review.api_version or '/'}, Kind={review.kind}"
        raise InvalidAnswer(f"expected webhook response of {_GROUP}/{version}, Kind={_REVIEW}, got {said}")
    if not mutating:
        if found.patch:
            raise InvalidAnswer("validating webhook may not return response.patch")
        if found.patch_type is not None:
            raise InvalidAnswer("validating webhook may not return response.patchType")
    elif found.patch and found.patch_type is None:
        raise InvalidAnswer("webhook returned response.patch but not response.patchType")
    elif not found.patch and found.patch_type is not None:
        raise InvalidAnswer("webhook returned response.patchType but not response.patch")
    elif found.patch_type == "":
        raise InvalidAnswer('webhook returned invalid response.patchType of ""')
    return found


def _read(body: bytes, version: str) -> AdmissionReview:
    """A review as JSON, or as YAML where it is not long and does not begin like JSON. Raises Unreadable."""
    try:
        begins = body.lstrip()[:1]
        if begins == b"[":
            # No review: nothing is made of millions of items, while nobody else could do anything.
            msgspec.json.decode(body, type=msgspec.Raw)
            document = []
        elif len(body) > _MOST_YAML or begins == b"{":
            document = msgspec.json.decode(body)
        else:
            document = load(body)
    except YAMLProblem as error:
        raise Unreadable(f"{_UNKNOWN}{error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"{_UNKNOWN}{json_object_problem(body) or error}") from None
    if document is None:
        return AdmissionReview()
    if not isinstance(document, dict):
        kinds = {bool: "bool", str: "string", list: "array"}
        raise Unreadable(
            f"{_UNKNOWN}json: cannot unmarshal {kinds.get(type(document), 'number')} into Go value of type {_HEAD}"
        )
    said, kind = (document.get(name) or "" for name in ("apiVersion", "kind"))
    _check_kind(said, kind, version)
    try:
        return msgspec.convert(document, AdmissionReview)
    except msgspec.ValidationError as error:
        raise Unreadable(problem(document, AdmissionReview) or str(error)) from None


def _check_kind(said: object, kind: object, version: str) -> None:
    """Raises Unreadable for what says that it is something else than a review; what says nothing is taken for one."""
    if not isinstance(said, str) or not isinstance(kind, str):
        return
    if said.count("/") > 1:
        raise Unreadable(f"unexpected GroupVersion string: {said}")
    if said and (kind not in ("", _REVIEW) or said not in _READ):
        raise Unreadable(f"no kind {quote(kind)} is registered for version {quote(said)} in scheme {_SCHEME}")
    if said and said != f"{_GROUP}/{version}":
        other = said.rpartition("/")[2]
        raise Unreadable(f"converting ({other}.{_REVIEW}) to ({version}.{_REVIEW}): unknown conversion")


def denied(webhook: str, status: Status | None) -> StatusError:
    """What the client is told when a webhook does not allow its request."""
    who = f"admission webhook {quote(webhook)} denied the request"
    said = status if status is not None else Status()
    why = said.message or said.reason
    return StatusError(
        msgspec.structs.replace(
            said,
            status="Failure" if said.status in ("", "Success") else said.status,
            kind="Status",
            api_version="v1",
            # No more than three digits can be a status in HTTP.
            code=said.code if 400 <= said.code <= _LAST_CODE else 400,
            message=f"{who}: {why}" if why else f"{who} without explanation",
        )
    )
