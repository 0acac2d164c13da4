"""Reviews, rules and connections, without a server."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.admission.chain import AdmissionChain
from apiserver.admission.matching.rules import covers
from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.call import Call
from apiserver.streams.pods import admit_connect
from apiserver.webhooks.review import InvalidAnswer, Unreadable, answer, choose_version, denied
from apiserver.webhooks.wording import refused
from minik8s.api.admissionregistration_v1 import RuleWithOperations
from minik8s.api.meta_v1 import Status


def rule(resource: str, **more: Any) -> RuleWithOperations:
    given = {"api_groups": ["*"], "api_versions": ["*"], "operations": ["*"], **more}
    return RuleWithOperations(resources=[resource], **given)


@pytest.mark.parametrize(
    ("resource", "subresource", "expected"),
    [
        ("pods", "", True),
        ("pods", "status", False),
        ("pods/*", "", True),
        ("pods/*", "exec", True),
        ("pods/exec", "exec", True),
        ("pods/exec", "", False),
        ("*", "", True),
        ("*", "status", False),
        ("*/*", "status", True),
        ("*/status", "status", True),
        ("services", "", False),
    ],
)
def test_resources_of_rules(resource: str, subresource: str, expected: bool) -> None:
    assert covers(rule(resource), "CREATE", "", "v1", "pods", subresource, True) is expected


@pytest.mark.parametrize(("scope", "placed", "expected"), [
    ("*", True, True), ("Namespaced", True, True), ("Namespaced", False, False), ("Cluster", True, False),
    ("Cluster", False, True), (None, False, True),
])  # fmt: skip
def test_scope_of_rules(scope: str | None, placed: bool, expected: bool) -> None:
    assert covers(rule("pods", scope=scope), "CREATE", "", "v1", "pods", "", placed) is expected


def test_group_version_and_operation_of_rules() -> None:
    asked = ("UPDATE", "apps", "v1", "deployments", "", True)
    assert covers(rule("deployments", api_groups=["apps"], operations=["UPDATE"]), *asked)
    assert not covers(rule("deployments", api_groups=[""]), *asked)
    assert not covers(rule("deployments", api_versions=["v2"]), *asked)
    assert not covers(rule("deployments", operations=["CREATE", "DELETE"]), *asked)


def test_the_first_version_both_know() -> None:
    assert choose_version(["v7", "v1beta1", "v1"]) == "v1beta1"
    assert choose_version(["v7"]) is None


def _review(**response: Any) -> bytes:
    import msgspec

    document = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": {"uid": "u", **response}}
    return msgspec.json.encode(document)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ({"patch": "W10="}, "webhook returned response.patch but not response.patchType"),
        ({"patchType": "JSONPatch"}, "webhook returned response.patchType but not response.patch"),
        ({"patch": "W10=", "patchType": ""}, 'webhook returned invalid response.patchType of ""'),
        ({"uid": "v"}, 'expected response.uid="u", got "v"'),
    ],
)
def test_answers_of_mutating_webhooks(response: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidAnswer) as refused:
        answer(_review(**response), "v1", "u", mutating=True)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"hello", "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type"),
        (b"[]", "json: cannot unmarshal array into Go value of type struct { APIVersion string"),
        (b'{"a":1}x', "couldn't get version/kind; json parse error: invalid character 'x' after top-level value"),
        (
            _review(allowed="yes"),
            "json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed",
        ),
        (_review(patch="%%"), "illegal base64 data at input byte 0"),
        (b'{"apiVersion":"a/b/c"}', "unexpected GroupVersion string: a/b/c"),
        (
            b'{"apiVersion":"a/b","kind":"AdmissionReview"}',
            'no kind "AdmissionReview" is registered for version "a/b" in scheme',
        ),
        (
            b'{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}',
            "converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown conversion",
        ),
    ],
)
def test_answers_that_are_no_reviews(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        answer(body, "v1", "u", mutating=True)
    assert said in str(refused.value)


def test_answers_may_be_yaml_and_null_is_none() -> None:
    text = b"apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nresponse:\n  uid: u\n  allowed: true\n"
    assert answer(text, "v1", "u", mutating=False).allowed
    with pytest.raises(InvalidAnswer, match="webhook response was absent"):
        answer(b"null", "v1", "u", mutating=False)


def test_a_long_answer_is_read_as_json_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(body: bytes) -> Any:
        raise AssertionError("read as YAML")

    monkeypatch.setattr("apiserver.webhooks.review.load", load)
    for body in (b"[" + b"0," * 200_000 + b"0]", b"- 0\n" * 200_000):
        with pytest.raises(Unreadable):
            answer(body, "v1", "u", mutating=False)


def test_a_refusal_is_a_status_whatever_it_says_it_is() -> None:
    said = denied("w", Status(kind="Foo", api_version="q", code=1000)).status
    assert (said.kind, said.api_version, said.code) == ("Status", "v1", 400)
    assert denied("w", Status(code=999)).code == 999


def test_a_refusal_without_a_code_is_a_bad_request_and_success_is_failure() -> None:
    said = denied("w", Status(status="Success", code=200, reason="Because")).status
    assert (said.code, said.status, said.message) == (
        400,
        "Failure",
        'admission webhook "w" denied the request: Because',
    )
    assert denied("w", None).status.message == 'admission webhook "w" denied the request without explanation'


def test_http_failures_are_worded_as_clients_word_them() -> None:
    text, json = "text/plain; charset=utf-8", "application/json"
    assert refused(503, b"", text) == "the server is currently unable to handle the request"
    assert refused(403, b"no entry\n", text) == "no entry"
    assert refused(403, b"no entry\n", json) == "unknown"
    assert refused(500, b"boom", json) == 'an error on the server ("unknown") has prevented the request from succeeding'
    assert refused(500, b'{"kind":"Status","message":"said so"}', json) == "said so"
    assert (
        refused(418, b"", text) == "the server responded with the status code 418 but did not return more information"
    )


class _Noting(Plugin):
    NAME = "Noting"
    OPERATIONS = (Operation.CONNECT,)

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.seen: list[AdmissionRequest] = []

    async def validate(self, request: AdmissionRequest) -> None:
        self.seen.append(request)


@pytest.mark.parametrize(
    ("tail", "kind", "found"),
    [
        (
            "exec?command=ls&command=-l&container=c&stdin=1&stderr=false",
            "PodExecOptions",
            {"stdin": True, "container": "c", "command": ["ls", "-l"]},
        ),
        ("attach?tty=true&stdout=1", "PodAttachOptions", {"stdout": True, "tty": True}),
        ("portforward?ports=80&ports=81,82", "PodPortForwardOptions", {"ports": [80, 81, 82]}),
        ("portforward", "PodPortForwardOptions", {}),
    ],
)
async def test_connections_bring_what_they_ask_for(tail: str, kind: str, found: dict[str, Any]) -> None:
    path, _, query = tail.partition("?")
    scope = {
        "type": "http", "method": "GET", "headers": [], "query_string": query.encode(),
        "raw_path": f"/api/v1/namespaces/ns/pods/p/{path}".encode(),
    }  # fmt: skip
    noting = _Noting()
    call = Call(scope, None, None)  # type: ignore[arg-type]
    await admit_connect(AdmissionChain([noting]), call, "pods", path)
    (request,) = noting.seen
    assert request.obj == {"kind": kind, "apiVersion": "v1", **found}
    assert (request.namespace, request.name, request.kind) == ("ns", "p", kind)
