"""Webhooks, admission policies and their bindings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from apiserver.policies.checks import ExpressionChecks
from apiserver.registry.expressions import PARAMS, Expressions, set_expression_check
from tests.support.registry import NOW, Kind

V1 = "admissionregistration.k8s.io/v1"
MUTATING = Kind(V1, "mutatingwebhookconfigurations")
VALIDATING = Kind(V1, "validatingwebhookconfigurations")
POLICIES = Kind(V1, "validatingadmissionpolicies")
CHANGES = Kind(V1, "mutatingadmissionpolicies")
BINDINGS = Kind(V1, "validatingadmissionpolicybindings")
RULE = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}


@pytest.fixture
def checked() -> Iterator[list[tuple[str, str, tuple[str, ...]]]]:
    before = Expressions.check
    asked: list[tuple[str, str, tuple[str, ...]]] = []

    def check(expression: str, wanted: str, variables: Sequence[str]) -> str:
        asked.append((expression, wanted, tuple(variables)))
        return "compilation failed: bad" if "bad" in expression else ""

    set_expression_check(check)
    yield asked
    set_expression_check(before)


def hook(**more: Any) -> dict[str, Any]:
    base = {
        "name": "w.example.com",
        "clientConfig": {"url": "https://w.example.com/x"},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    return {"webhooks": [{**base, **more}]}


def test_a_webhook_is_filled_in() -> None:
    service = {"service": {"name": "s", "namespace": "n"}}
    found, errors = MUTATING.create(hook(clientConfig=service, rules=[RULE]))
    assert errors == []
    one = found["webhooks"][0]
    assert (one["failurePolicy"], one["matchPolicy"], one["timeoutSeconds"], one["reinvocationPolicy"]) == (
        "Fail",
        "Equivalent",
        10,
        "Never",
    )
    assert (one["namespaceSelector"], one["objectSelector"]) == ({}, {})
    assert (one["clientConfig"]["service"]["port"], one["rules"][0]["scope"]) == (443, "*")
    changed, _ = MUTATING.update({**found, "metadata": {**found["metadata"], "resourceVersion": "1"}}, hook())
    assert changed["metadata"]["generation"] == 2


@pytest.mark.parametrize(
    ("more", "messages"),
    [
        (
            {"name": "short"},
            [
                'webhooks[0].name: Invalid value: "short": should be a domain with at least three segments separated '
                "by dots"
            ],
        ),
        (
            {"clientConfig": {"url": "https://a:b c/#f"}},
            [
                'webhooks[0].clientConfig.url: Required value: url must be a valid URL: parse "https://a:b c/": '
                'invalid port ":b c" after host; desired format: https://host[/path]'
            ],
        ),
        (
            {"clientConfig": {"url": "http://u@h/x?q#f"}},
            [
                "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; "
                "desired format: https://host[/path]",
                'webhooks[0].clientConfig.url: Invalid value: "u": user information is not permitted in the URL',
                'webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
                'webhooks[0].clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
            ],
        ),
        (
            {"rules": [{**RULE, "resources": ["pods", "*"], "operations": ["*", "CREATE"]}]},
            [
                'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify '
                "other operations",
                'webhooks[0].rules[0].resources: Invalid value: ["pods","*"]: if \'*\' is present, must not specify '
                "other resources without subresources",
            ],
        ),
        (
            {"sideEffects": None, "timeoutSeconds": 31, "admissionReviewVersions": ["v2"]},
            [
                "webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
                "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
                'webhooks[0].admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
            ],
        ),
    ],
)
def test_a_bad_webhook_is_refused(more: dict[str, Any], messages: list[str]) -> None:
    assert VALIDATING.create(hook(**more))[1] == messages


def policy(**spec: Any) -> dict[str, Any]:
    return {"spec": {"matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "true"}], **spec}}


def test_expressions_are_handed_to_the_check(checked: list[tuple[str, str, tuple[str, ...]]]) -> None:
    found, errors = POLICIES.create(
        policy(
            variables=[{"name": "a", "expression": "1"}, {"name": "b", "expression": "variables.a"}],
            validations=[{"expression": "bad", "messageExpression": "'x'"}],
            auditAnnotations=[{"key": "k", "valueExpression": "'v'"}],
            paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
        )
    )
    assert errors == ['spec.validations[0].expression: Invalid value: "bad": compilation failed: bad']
    names = (PARAMS, "a", "b")
    assert checked == [
        ("1", "any", (PARAMS,)),
        ("variables.a", "any", (PARAMS, "a")),
        ("bad", "bool", names),
        ("'x'", "string", names),
        ("'v'", "string or null", names),
    ]
    assert (found["spec"]["failurePolicy"], found["spec"]["matchConstraints"]["matchPolicy"]) == ("Fail", "Equivalent")


def test_a_variable_may_be_called_params_beside_a_param_kind(checked: list[tuple[str, str, tuple[str, ...]]]) -> None:
    set_expression_check(ExpressionChecks().check)
    variables = [{"name": "params", "expression": "!has(params.spec) ? null : params.spec.parameters"}]
    rule = {"expression": "variables.params.labels.all(each, each.key in object.metadata.labels)"}
    kind = {"apiVersion": "constraints.example.com/v1", "kind": "RequiredLabels"}
    assert POLICIES.create(policy(variables=variables, validations=[rule], paramKind=kind))[1] == []
    _, errors = POLICIES.create(policy(variables=[], validations=[rule], paramKind=kind))
    assert len(errors) == 1, errors
    assert "compilation failed" in errors[0]


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        (
            {"validations": []},
            [
                "spec.validations: Required value: validations or auditAnnotations must contain at least one item",
                "spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item",
            ],
        ),
        ({"matchConstraints": {}}, ["spec.matchConstraints.resourceRules: Required value"]),
        (
            {"validations": [{"expression": "true\n&& true", "message": "a\nb"}, {"expression": "true\n&& true"}]},
            ['spec.validations[0].message: Invalid value: "a\\nb": must not contain line breaks'],
        ),
        (
            {"auditAnnotations": [{"key": "a", "valueExpression": f"'{'x' * 5120}'"}]},
            ["spec.auditAnnotations[0].valueExpression: Required value: must not exceed 5120 bytes in length"],
        ),
        (
            {"variables": [{"name": "a-b", "expression": "1"}]},
            ['spec.variables[0].name: Invalid value: "a-b": must be a valid CEL identifier'],
        ),
    ],
)
def test_a_bad_policy_is_refused(spec: dict[str, Any], messages: list[str]) -> None:
    assert POLICIES.create(policy(**spec))[1] == messages


def test_a_change_is_of_the_type_it_says() -> None:
    constraints = {"resourceRules": [RULE]}
    apply = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}
    good = {"spec": {"matchConstraints": constraints, "mutations": [apply], "reinvocationPolicy": "Never"}}
    assert CHANGES.create(good)[1] == []
    bad = {"spec": {"matchConstraints": constraints, "mutations": [{**apply, "patchType": "JSONPatch"}]}}
    assert CHANGES.create(bad)[1] == [
        "spec.mutations[0].jsonPatch: Required value: must be specified when patchType is JSONPatch",
        'spec.mutations[0].applyConfiguration: Invalid value: "{applyConfiguration}": '
        "must not be specified when patchType is JSONPatch",
        "spec.reinvocationPolicy: Required value",
    ]


def test_a_binding_names_a_policy_and_what_follows() -> None:
    assert BINDINGS.create({"spec": {"policyName": "p", "validationActions": ["Deny"]}})[1] == []
    bad = {"spec": {"validationActions": ["Shout"], "paramRef": {}}}
    assert BINDINGS.create(bad)[1] == [
        "spec.policyName: Required value",
        "spec.paramRef: Required value: one of name or selector must be specified",
        "spec.paramRef.parameterNotFoundAction: Required value",
        'spec.validationActions[0]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"',
    ]


def test_only_what_is_written_can_be_changed() -> None:
    rule = {**RULE, "operations": ["CREATE", "DELETE"], "resourceNames": ["a/b"]}
    apply = {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}
    spec = {"matchConstraints": {"resourceRules": [rule]}, "mutations": [apply], "reinvocationPolicy": "Never"}
    assert CHANGES.create({"spec": spec})[1] == [
        "spec.matchConstraints.resourceRules[0].resourceNames[0]: Invalid value: \"a/b\": may not contain '/'",
        'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": '
        'supported values: "*", "CONNECT", "CREATE", "UPDATE"',
    ]


def test_the_status_of_a_policy_is_checked() -> None:
    stored = POLICIES.stored(policy())
    condition = {"type": "Ready", "status": "?", "reason": "R", "message": "", "lastTransitionTime": NOW}
    status = {"typeChecking": {"expressionWarnings": [{"fieldRef": "", "warning": ""}]}, "conditions": [condition]}
    assert POLICIES.update(stored, {"status": status}, "status")[1] == [
        "status.typeChecking.expressionWarnings[0].warning: Required value",
        "status.typeChecking.expressionWarnings[0].fieldRef: Required value",
        'status.conditions[0].status: Unsupported value: "?": supported values: "False", "True", "Unknown"',
    ]


def test_annotations_are_named_after_their_policy() -> None:
    found = policy(
        auditAnnotations=[{"key": "a b", "valueExpression": "'x'"}], variables=[{"name": "in", "expression": "1"}]
    )
    errors = POLICIES.create(found)[1]
    assert errors[0] == 'spec.variables[0].name: Invalid value: "in": must be a valid CEL identifier'
    assert errors[1].startswith('spec.auditAnnotations[0].key: Invalid value: "x/a b": name part must consist of')
